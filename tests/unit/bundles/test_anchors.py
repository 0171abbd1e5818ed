"""Keys at the top of a file that only hold what other places use."""

from __future__ import annotations

from textwrap import dedent

import pytest

from brickyard.surfaces.bundles.document import parse
from brickyard.surfaces.bundles.marks import BundleError, to_plain
from brickyard.surfaces.bundles.shape import check_names

HELD = """
new_cluster: &small
  new_cluster: {num_workers: 1}
resources:
  jobs:
    etl:
      tasks:
        - task_key: load
          <<: *small
"""


def test_a_holder_is_gone_and_what_it_held_stands_where_it_is_used() -> None:
    root = parse(HELD, "job.yml")
    check_names(root)
    assert to_plain(root) == {
        "resources": {"jobs": {"etl": {"tasks": [{"task_key": "load", "new_cluster": {"num_workers": 1}}]}}}
    }


@pytest.mark.parametrize(
    "text",
    [
        "defs: {deep: [{a: &x 1}]}\nbundle: {name: *x}",
        "x-name: &x n\nbundle: {name: *x}",
        "a: &x n\nb: &y {name: *x}\nbundle: *y",
        "a: &x {name: n}\nbundle:\n  <<: *x",
    ],
    ids=["deep", "scalar", "chain", "merged"],
)
def test_forms_of_holders(text: str) -> None:
    root = parse(text, "f.yml")
    check_names(root)
    assert list(root) == ["bundle"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("resorces: {jobs: &x {}}\nbundle: {name: n}", "resorces"),
        ("resorces: {a: &x 1, b: *x}\nbundle: {name: n}", "resorces"),
        ("a: &x n\nbundle: {name: *x}\nresorces: {b: *x}", "resorces"),
    ],
    ids=["unused", "used-within", "user"],
)
def test_an_anchor_alone_excuses_no_unknown_field(text: str, name: str) -> None:
    with pytest.raises(BundleError, match=f"{name} is not a known field. Did you mean 'resources'"):
        check_names(parse(text, "f.yml"))


def test_known_sections_stay_though_others_use_them() -> None:
    text = dedent("""
        targets:
          dev: &dev {mode: development}
        bundle: {name: n}
        workspace: *dev
    """)
    assert list(parse(text, "f.yml")) == ["targets", "bundle", "workspace"]
