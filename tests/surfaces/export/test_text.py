"""Text of strangers: escaped, coloured, and honest about what it hides."""

from __future__ import annotations

import pytest

from brickyard.surfaces.export.text import escaped, plain, terminal, without_escapes


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", '<span class="a-red">red</span>'),
        (
            "\x1b[1;33mslow\x1b[22m yellow",
            '<span class="a-bold a-yellow">slow</span><span class="a-yellow"> yellow</span>',
        ),
        ("\x1b[3;4mx\x1b[23;24my", '<span class="a-italic a-underline">x</span>y'),
        ("\x1b[97;104mx\x1b[39;49my", '<span class="a-on-blue a-white">x</span>y'),
        ("\x1b[38;5;200mx\x1b[48;2;1;2;3my", "xy"),
        ("\x1b[mx\x1b[999999999999999999mx", "xx"),
        ("\x1b[31m\x1b[32mgreen", '<span class="a-green">green</span>'),
        ("\x1b[2J\x1b[Hx\x1b", "x"),
        ("\x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x1b\\", "click"),
        ("\x1b]0;title never ended", ""),
        ("10%\r50%\rdone\nnext\r\n", "done\nnext\n"),
        ("\x1b[31m<script>\x1b[0m", '<span class="a-red">&lt;script&gt;</span>'),
    ],
    ids=[
        "none",
        "colour",
        "bold ends",
        "italic and underline",
        "bright and background",
        "more colours than sixteen",
        "empty and absurd codes",
        "empty run",
        "moves of the cursor",
        "link",
        "title without end",
        "progress",
        "html in colour",
    ],
)
def test_codes_of_terminals_become_classes(text: str, html: str) -> None:
    assert terminal(text) == html


def test_a_million_codes_make_no_more_than_their_text() -> None:
    assert terminal("\x1b[31m\x1b[32m" * 500_000 + "x") == '<span class="a-green">x</span>'


def test_a_long_unfinished_code_is_read_once() -> None:
    assert without_escapes("\x1b[" + "1;" * 500_000) == "1;" * 500_000


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\u202eb", "a[U+202E]b"),
        ("a\u2066b\u2069", "a[U+2066]b[U+2069]"),
        ("a\x00b\x08", "a\ufffdb\ufffd"),
        ("<&\"'>", "&lt;&amp;&quot;&#x27;&gt;"),
        ("tab\tand\nline é 漢", "tab\tand\nline é 漢"),
    ],
    ids=["override", "isolate", "control", "html", "kept"],
)
def test_what_deceives_is_shown_and_what_html_reads_is_escaped(text: str, html: str) -> None:
    assert escaped(text) == html


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (["a\n", "b"], "a\nb"),
        ({"k": [1]}, '{\n  "k": [\n    1\n  ]\n}'),
        (None, "null"),
        ([1], "[\n  1\n]"),
    ],
    ids=["text", "lines", "object", "null", "numbers"],
)
def test_every_value_has_a_text(value: object, text: str) -> None:
    assert plain(value) == text
