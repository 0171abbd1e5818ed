"""YAML files become data with places, or one clear sentence."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from brickyard.surfaces.bundles.document import MAX_BYTES, parse, read_yaml
from brickyard.surfaces.bundles.marks import BundleError, Mark, locate, to_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 5", 5),
        ("a: -5", -5),
        ("a: 0x1F", 31),
        ("a: 010", 10),
        ("a: 1.5", 1.5),
        ("a: 1e3", 1000.0),
        ("a: true", True),
        ("a: False", False),
        ("a: null", None),
        ("a: ~", None),
        ("a:", None),
        ("a: yes", "yes"),
        ("a: on", "on"),
        ("a: '5'", "5"),
        ('a: "true"', "true"),
        ("a: 2024-01-02", "2024-01-02"),
        ("a: 16.4.x-scala2.12", "16.4.x-scala2.12"),
        ("a: {{job.id}}", None),
        ("a: '{{job.id}}'", "{{job.id}}"),
        ("a: ${var.x}", "${var.x}"),
        ("a: [1, two]", [1, "two"]),
        ("a: {b: c}", {"b": "c"}),
        ("a: |\n  one\n  two\n", "one\ntwo\n"),
        ("base: &b {x: 1, y: 2}\na: {<<: *b, y: 3}", {"x": 1, "y": 3}),
        ("l: &l [1, 2]\na: *l", [1, 2]),
        ("p: &p {x: 1}\nq: &q {x: 2, y: 2}\na: {<<: [*p, *q]}", {"x": 1, "y": 2}),
    ],
)
def test_values_are_read_as_yaml_1_2_has_them(text: str, value: object) -> None:
    """Numbers, truth values and nulls; `yes`, dates and versions stay text; merge keys work."""
    if text == "a: {{job.id}}":
        with pytest.raises(BundleError):
            parse(text, "f.yml")
        return
    found = to_plain(parse(text, "f.yml"))["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: [1, 2", "f.yml:1:9", "not valid YAML at line"),
        ("a: b: c", "f.yml:1:5", "mapping values"),
        ("a: 1\n\tb: 2", "f.yml:2:1", "not valid YAML"),
        ("a: 1\nb: 2\na: 3", "f.yml:3:1", "'a' stands here twice (first at f.yml:1:4)"),
        ("a: !!python/object:os.system {}", "f.yml:1:4", "tag"),
        ("a: !!python/name:os.system x", "f.yml:1:4", "tag"),
        ("a: !own x", "f.yml:1:4", "tag"),
        ("- a", "f.yml:1:1", "mapping at its top"),
        ("just text", "f.yml:1:1", "mapping at its top"),
        ("a: &a [*a]", "f.yml:1:4", "inside of what it names"),
        ("? [a, b]\n: c", "f.yml:1:3", "key must be text"),
        ("a: {<<: 5}", "f.yml:1:9", "<< needs a mapping"),
        ("a: *nobody", "f.yml:1:4", "undefined alias"),
        ("a: 1\n---\nb: 2", "f.yml", "document"),
    ],
)
def test_a_bad_file_is_named_with_line_and_column(text: str, place: str, words: str) -> None:
    """The person can go to the place."""
    with pytest.raises(BundleError) as caught:
        parse(text, "f.yml")
    assert place in caught.value.message
    assert words in caught.value.message


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert to_plain(parse("", "f.yml")) == {}
    assert to_plain(parse("# only a comment\n", "f.yml")) == {}


def test_a_bomb_of_aliases_is_refused_fast() -> None:
    """Ten levels of ten aliases each would be ten thousand million values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 11)]
    started = time.monotonic()
    with pytest.raises(BundleError, match="more than 200,000 values"):
        parse("\n".join(lines), "f.yml")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("depth", [100, 20_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(BundleError, match="nested too deeply"):
        parse("a: " + "[" * depth + "]" * depth, "f.yml")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """No file, no text, too much text."""
    with pytest.raises(BundleError, match=r"x\.yml cannot be read: No such file"):
        read_yaml(tmp_path / "x.yml", "x.yml")
    (tmp_path / "latin.yml").write_bytes(b"a: \xff")
    with pytest.raises(BundleError, match="not UTF-8"):
        read_yaml(tmp_path / "latin.yml", "latin.yml")
    (tmp_path / "big.yml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(BundleError, match="at most"):
        read_yaml(tmp_path / "big.yml", "big.yml")


def test_every_value_knows_its_place() -> None:
    """Places are found by the path of a value; for what was never written, that of the next thing above."""
    root = parse("a:\n  - b: 1\n    c: 2\n", "f.yml")
    assert locate(root, ["a", 0, "c"]) == Mark("f.yml", 3, 8)
    assert locate(root, ["a", 0, "missing"]) == Mark("f.yml", 2, 5)
    assert locate(root, ["a", 7]) == Mark("f.yml", 2, 3)
    assert str(locate(root, [])) == "f.yml:1:1"
