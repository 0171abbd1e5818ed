"""`${…}` and only that."""

from __future__ import annotations

import pytest

from brickyard.surfaces.bundles.document import parse
from brickyard.surfaces.bundles.interpolate import Interpolator
from brickyard.surfaces.bundles.marks import BundleError, to_plain

NAMES = """
var:
  text: hello
  number: 5
  truth: true
  nothing:
  list: [a, b]
  map: {k: v, deep: {x: 1}}
  chain: ${var.text} world
  twice: ${var.chain}!
  whole: ${var.map}
  loop_a: ${var.loop_b}
  loop_b: x ${var.loop_a}
  self: ${var.self}
bundle: {target: dev, name: shop}
"""


def applied(text: str) -> object:
    return to_plain(Interpolator(parse(NAMES, "n.yml")).apply(parse(f"v: {text}", "f.yml")))["v"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${var.text}", "hello"),
        ("${var.number}", 5),
        ("n=${var.number}", "n=5"),
        ("${var.truth}", True),
        ("t=${var.truth}", "t=true"),
        ("${var.list}", ["a", "b"]),
        ("'${var.list[1]}'", "b"),
        ("${var.map.deep.x}", 1),
        ("${var.whole.k}", "v"),
        ("${var.twice}", "hello world!"),
        ("${bundle.name}-${bundle.target}", "shop-dev"),
        ("'{{job.parameters.x}} ${var.text}'", "{{job.parameters.x}} hello"),
        ("'{{tasks.a.values.b}}'", "{{tasks.a.values.b}}"),
        ("'$var.text'", "$var.text"),
        ("'${}'", "${}"),
        ("'${not closed'", "${not closed"),
        ("[x, '${var.text}']", ["x", "hello"]),
    ],
)
def test_references_are_replaced(text: str, value: object) -> None:
    """A whole reference keeps the type; inside of a text it becomes text; all else is left alone."""
    found = applied(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("${var.txt}", ["f.yml:1:4", "var has no 'txt'", "Did you mean 'text'?"]),
        ("${vars.text}", ["a reference has no 'vars'", "Did you mean 'var'?"]),
        ("${HOME}", ["${HOME} is unknown", "Known: var, bundle"]),
        ("${bundle.nme}", ["Did you mean 'name'?"]),
        ("${var.text.more}", ["var.text is 'hello'"]),
        ("'${var.list[9]}'", ["the list has 2 items"]),
        ("x ${var.list}", ["a list", "inside of a text"]),
        ("x ${var.map}", ["a mapping"]),
        ("x ${var.nothing}", ["empty"]),
        ("${var.loop_a}", ["cycle: var.loop_a -> var.loop_b -> var.loop_a"]),
        ("${var.self}", ["cycle: var.self -> var.self"]),
    ],
)
def test_a_wrong_reference_is_explained(text: str, words: list[str]) -> None:
    with pytest.raises(BundleError) as caught:
        applied(text)
    for word in words:
        assert word in caught.value.message


def test_what_is_to_be_kept_is_kept() -> None:
    """References to ids stay until the jobs are there."""
    resolver = Interpolator(parse(NAMES, "n.yml"), keep=lambda name: name.startswith("resources."))
    text = parse("v: a ${resources.jobs.x.id} ${var.number}\nw: ${resources.jobs.x.id}", "f.yml")
    assert to_plain(resolver.apply(text)) == {"v": "a ${resources.jobs.x.id} 5", "w": "${resources.jobs.x.id}"}


def test_texts_that_grow_without_bound_are_stopped() -> None:
    """Each variable doubles the one before: forty of them would be a terabyte."""
    lines = ["var:", "  x0: aaaaaaaaaa"] + [f"  x{n}: ${{var.x{n - 1}}}${{var.x{n - 1}}}" for n in range(1, 41)]
    with pytest.raises(BundleError, match="grows beyond"):
        Interpolator(parse("\n".join(lines), "n.yml")).apply(parse("v: ${var.x40}", "f.yml"))


def test_a_long_chain_of_references_is_stopped() -> None:
    lines = ["var:", "  x0: a"] + [f"  x{n}: ${{var.x{n - 1}}}" for n in range(1, 300)]
    with pytest.raises(BundleError, match="more than 100 times"):
        Interpolator(parse("\n".join(lines), "n.yml")).apply(parse("v: ${var.x299}", "f.yml"))
