"""Outputs as HTML: the best form of each, and nothing of a hostile one gets out."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from brickyard.surfaces.export.content import Room
from brickyard.surfaces.export.outputs import LEFT_OUT, outputs
from brickyard.workloads.notebooks import tables
from tests.surfaces.export.reading import assert_harmless, failure, read, shown, stream

PNG = base64.b64encode(b"\x89PNG").decode()


def html_of(*found: dict[str, Any], room: int = 10**6) -> str:
    return outputs(found, Room(room))


def test_streams_are_told_apart() -> None:
    html = html_of(stream("out <b>"), stream("warned", "stderr"))
    assert html == '<pre class="stdout">out &lt;b&gt;</pre>\n<pre class="stderr">warned</pre>'


def test_an_error_has_its_traceback() -> None:
    page = assert_harmless(html_of(failure("ValueError", "<img src=x onerror=alert(1)>", "line 1", "\x1b[31mline 2")))
    assert "ValueError: <img src=x onerror=alert(1)>line 1\nline 2" in page.text
    assert not page.named("img")


def test_a_table_is_shown_with_its_types() -> None:
    made = tables.make_table(["id", "<b>"], ["bigint", "string"], [[1, None], [2, "<script>"], [3, True]])
    page = assert_harmless(html_of({"output_type": "display_data", "data": tables.bundle(made), "metadata": {}}))
    assert [each.attributes.get("title") for each in page.named("th")] == ["bigint", "string"]
    assert page.text == "id<b>1null2<script>3true3 rows"
    assert not page.named("iframe"), "a table that we know needs no frame"


@pytest.mark.parametrize(
    ("rows", "truncated", "note"),
    [([[1]], False, "1 row"), ([], False, "0 rows"), ([[1], [2]], True, "Only the first 2 rows are kept.")],
    ids=["one", "none", "cut"],
)
def test_a_table_says_how_much_of_it_is_there(rows: list[list[int]], truncated: bool, note: str) -> None:
    data = {tables.MIME: {"columns": [{"name": "n", "type": "int"}], "rows": rows, "truncated": truncated}}
    assert html_of({"output_type": "display_data", "data": data}).endswith(f'<p class="note">{note}</p>')


@pytest.mark.parametrize(
    "value",
    ["text", {"columns": "abc", "rows": []}, {"columns": [], "rows": ["abc"]}, {"rows": []}, [1], None],
    ids=["text", "columns", "rows", "no columns", "list", "null"],
)
def test_what_only_says_that_it_is_a_table_is_shown_as_text(value: object) -> None:
    output = {"output_type": "display_data", "data": {tables.MIME: value, "text/plain": "instead"}}
    assert html_of(output) == "<pre>instead</pre>"


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "webp"])
def test_images_travel_in_the_page(kind: str) -> None:
    page = assert_harmless(html_of(shown(**{f"image_{kind}": f"{PNG[:3]}\n{PNG[3:]}", "text_plain": "<Figure>"})))
    assert [each.attributes["src"] for each in page.named("img")] == [f"data:image/{kind};base64,{PNG}"]


def test_an_image_that_is_none_cannot_leave_its_attribute() -> None:
    html = html_of(shown(image_png='x" onerror="alert(1)', text_plain="no image"))
    assert html == "<pre>no image</pre>"


def test_svg_is_an_image_and_no_part_of_the_page() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
    page = assert_harmless(html_of({"output_type": "display_data", "data": {"image/svg+xml": svg}}))
    [image] = page.named("img")
    assert base64.b64decode(image.attributes["src"].partition(",")[2]).decode() == svg


HOSTILE = [
    "<script>alert(1)</script>",
    '"></iframe><script>alert(1)</script>',
    "'></iframe><img src=x onerror=alert(1)>",
    "&quot;&gt;&lt;/iframe&gt;<script>alert(1)</script>",
    '&#34; onload=&#34;alert(1)" sandbox="allow-scripts allow-same-origin',
    "<meta http-equiv=refresh content='0;url=https://evil.example'><base href='https://evil.example'>",
    "<form action='https://evil.example'><button>Repair</button></form>",
    "<a href='javascript:alert(1)'>x</a><svg><use href='data:text/html,x'></svg>",
    "</body></html><!-- ",
    "\x00<scr\x00ipt>",
]
NAMES = ["script", "double quote", "single quote", "entities", "attributes", "meta", "form", "links", "end", "nul"]


@pytest.mark.parametrize("text", HOSTILE, ids=NAMES)
def test_html_stays_in_a_closed_frame_letter_by_letter(text: str) -> None:
    page = assert_harmless(html_of(shown(text_html=text)))
    [frame] = page.named("iframe")
    assert set(frame.attributes) == {"sandbox", "referrerpolicy", "title", "style", "srcdoc"}
    assert frame.attributes["srcdoc"].endswith(f"<body>{text}")
    assert {each.tag for each in page.elements} <= {"iframe", "p"}


@pytest.mark.parametrize("text", HOSTILE, ids=NAMES)
@pytest.mark.parametrize("kind", ["text_plain", "text_markdown", "text_latex", "application_javascript", "image_png"])
def test_no_other_kind_of_output_is_read_as_html(kind: str, text: str) -> None:
    page = assert_harmless(html_of(shown(**{kind: text}), stream(text), failure(text, text, text)))
    assert {each.tag for each in page.elements} <= {"pre", "div", "strong", "p", "ul", "li", "blockquote"}


def test_who_expects_a_script_to_run_is_told() -> None:
    assert "Scripts do not run in an export" in read(html_of(shown(text_html="<div><SCRIPT src=x>"))).text
    assert "Scripts" not in read(html_of(shown(text_html="<p>still"))).text


@pytest.mark.parametrize(
    ("text", "height"), [("x", 66), ("<tr>" * 3, 144), ("<p>" * 1000, 480)], ids=["a line", "rows", "long"]
)
def test_a_frame_is_as_high_as_its_lines_within_bounds(text: str, height: int) -> None:
    assert f'style="height:{height}px"' in html_of(shown(text_html=text))


@pytest.mark.parametrize(
    "output",
    [
        {},
        {"output_type": "stream"},
        {"output_type": "stream", "text": {"a": 1}},
        {"output_type": "error", "traceback": 5},
        {"output_type": "display_data", "data": "<script>"},
        {"output_type": "display_data", "data": {}},
        {"output_type": "display_data", "data": {"text/html": {"<b>": 1}}},
        {"output_type": "new<script>", "data": {"x/y": "<script>"}},
    ],
    ids=["empty", "no text", "object", "number", "data", "no data", "html", "unknown"],
)
def test_outputs_of_no_known_shape_are_shown_all_the_same(output: dict[str, Any]) -> None:
    assert_harmless(html_of(output))


def test_outputs_beyond_the_room_are_left_out_with_one_note() -> None:
    html = html_of(stream("first"), stream("x" * 200), stream("y" * 200), stream("last"), room=100)
    assert html.count(LEFT_OUT) == 1
    assert "first" in html
    assert "last" in html
    assert "xxx" not in html
