"""Where the value of a variable comes from."""

from __future__ import annotations

import pytest

from brickyard.surfaces.bundles.marks import BundleError, to_plain
from tests.unit.bundles.conftest import JOB, Resolve

HEAD = "bundle: {name: b}\n"
SHOWN = JOB.replace("name: etl", "name: ${var.x}")
ALL = (
    "variables: {x: {default: from default}}\n"
    "targets: {plain: {default: true}, short: {variables: {x: from target}}, "
    "long: {variables: {x: {default: from target too}}}}\n"
)


@pytest.mark.parametrize(
    ("target", "given", "environ", "value"),
    [
        ("plain", {}, {}, "from default"),
        ("short", {}, {}, "from target"),
        ("long", {}, {}, "from target too"),
        ("short", {}, {"BUNDLE_VAR_x": "from environment"}, "from environment"),
        ("short", {"x": "from option"}, {"BUNDLE_VAR_x": "from environment"}, "from option"),
        ("plain", {"x": ""}, {}, "Untitled"),
    ],
)
def test_the_nearest_source_wins(
    resolved: Resolve, target: str, given: dict[str, str], environ: dict[str, str], value: str
) -> None:
    """Option over environment over target over default."""
    bundle = resolved(HEAD + ALL + SHOWN, target=target, variables=given, environ=environ)
    assert bundle.jobs["etl"]["name"] == value


def test_a_variable_may_use_others_and_the_bundle(resolved: Resolve) -> None:
    text = (
        "variables: {x: {default: '${var.y}-${bundle.target}'}, y: {default: '${workspace.current_user.short_name}'}}"
    )
    assert resolved(f"{HEAD}{text}\n{SHOWN}").jobs["etl"]["name"] == "mina_moon-default"


def test_a_complex_variable_is_put_in_whole(resolved: Resolve) -> None:
    text = """
bundle: {name: b}
variables:
  cluster:
    type: complex
    default: {spark_version: 16.4.x-scala2.12, num_workers: 1, node_type_id: i3.xlarge, custom_tags: {who: "${var.who}"}}
  who: {default: us}
resources:
  jobs:
    etl:
      job_clusters: [{job_cluster_key: k, new_cluster: "${var.cluster}"}]
      tasks: [{task_key: a, job_cluster_key: k, notebook_task: {notebook_path: nb.py}}]
targets:
  dev: {default: true}
  big: {variables: {cluster: {spark_version: 16.4.x-scala2.12, num_workers: 8, node_type_id: i3.xlarge}}}
"""
    cluster = to_plain(resolved(text).jobs["etl"])["job_clusters"][0]["new_cluster"]
    assert cluster == {
        "spark_version": "16.4.x-scala2.12",
        "num_workers": 1,
        "node_type_id": "i3.xlarge",
        "custom_tags": {"who": "us"},
    }
    big = to_plain(resolved(text, target="big").jobs["etl"])["job_clusters"][0]["new_cluster"]
    assert big["num_workers"] == 8
    assert "custom_tags" not in big


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        ("variables: {x: {}}", {}, ["'x' has no value", "--var x=", "BUNDLE_VAR_x"]),
        ("variables: {x: }", {}, ["'x' has no value"]),
        ("variables: {x: 5}", {}, ["variables.x is 5; it must be a mapping"]),
        ("variables: {x: {defualt: 5}}", {}, ["variables.x.defualt", "Did you mean 'default'?"]),
        ("variables: {x: {type: string, default: a}}", {}, ["variables.x.type is 'string'", "only complex"]),
        ("variables: {x: {default: {a: 1}}}", {}, ["has a mapping as its value", "type: complex"]),
        ("variables: {x: {type: complex, default: {}}}", {"x": "5"}, ["is complex; --var can only set plain ones"]),
        ("variables: {x: {lookup: {job: other}}}", {}, ["lookup, which is refused", "--var x="]),
        ("variables: {count: {default: 1}}", {"cuont": "2"}, ["--var sets 'cuont'", "Did you mean 'count'?"]),
        ("", {"x": "2"}, ["Known: none is declared"]),
        ("variables: {a.b: {default: 1}}", {}, ["a name has letters, digits"]),
        ("targets: {dev: {variables: {x: 1}}}", {}, ["sets variable 'x', which is not declared"]),
    ],
)
def test_a_wrong_variable_is_explained(resolved: Resolve, text: str, given: dict[str, str], words: list[str]) -> None:
    with pytest.raises(BundleError) as caught:
        resolved(f"{HEAD}{text}\n{JOB}", variables=given)
    for word in words:
        assert word in caught.value.message


def test_a_lookup_that_gets_a_value_is_no_obstacle(resolved: Resolve) -> None:
    text = "variables: {x: {lookup: {cluster: shared}}}\n"
    assert resolved(HEAD + text + SHOWN, variables={"x": "abc"}).jobs["etl"]["name"] == "abc"
