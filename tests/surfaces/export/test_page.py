"""The whole page: complete, static, and safe with hostile notebooks."""

from __future__ import annotations

import pytest

from brickyard.surfaces.export.content import MAX_OUTPUTS
from brickyard.surfaces.export.outputs import LEFT_OUT
from brickyard.surfaces.export.page import POLICY, document
from brickyard.surfaces.export.source import MAX_COLOURED
from tests.surfaces.export.reading import assert_harmless, cell, executed, failure, read, shown, stream

EVIL = "</script></title></style></pre><script>alert(1)</script><img src=x onerror=alert(1)>'\"\u202e"


def test_a_page_tells_the_run_and_its_cells() -> None:
    page = assert_harmless(
        document(
            executed(
                cell(0, "%md\n# Orders", language="md"),
                cell(1, "print('hi')", title="Greet", started_ms=1000, ended_ms=2234, outputs=[stream("hi\n")]),
                cell(2, "SELECT 1 -- one", language="sql", started_ms=1000, ended_ms=1080),
                exit_value="done",
            )
        )
    )
    for text in ("silver", "SUCCESS", "1 min 15 s", "2027-01-15 08:00:00 UTC", "Orders", "Greet", "1.2 s", "80 ms"):
        assert text in page.text
    assert "print('hi')" in page.text
    assert "Notebook exited: done" in page.text
    assert "%md" not in page.text
    assert {"k", "s1", "c1", "mi"} & {each.attributes.get("class") for each in page.named("span")}, "it is coloured"


def test_the_page_forbids_itself_everything_that_is_not_in_it() -> None:
    html = document(executed(cell()))
    [policy] = [each.attributes["content"] for each in read(html).named("meta") if "http-equiv" in each.attributes]
    assert policy == POLICY
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "script-src" not in policy
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html


def test_hostile_texts_stay_texts_wherever_they_stand() -> None:
    cells = [
        cell(0, EVIL, title=EVIL, outputs=[stream(EVIL), shown(text_html=EVIL), failure(EVIL, EVIL, EVIL)]),
        cell(1, EVIL, language="sql"),
        cell(2, EVIL, language="other"),
        cell(3, f"%md\n{EVIL}\n\n    {EVIL}\n\n```{EVIL}\n{EVIL}", language="md"),
    ]
    html = document(
        executed(*cells, name=EVIL, path=EVIL, task=EVIL, state="FAILED", error=EVIL, trace=EVIL, exit_value=EVIL)
    )
    page = assert_harmless(html)
    assert len(page.named("script")) == 1
    assert not page.named("img")
    assert html.count("</script>") == 1
    assert "\u202e" not in read(html.partition("<iframe")[0]).text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](JaVaScRiPt&#58;alert(1))", "[x](JaVaScRiPt:alert(1))"),
        ("[x](data:text/html,hi)", "[x](data:text/html,hi)"),
        ("[x](file:///etc/passwd)", "[x](file:///etc/passwd)"),
        ("<b id=MathJax>bold</b>", "<b id=MathJax>bold</b>"),
        ("![pixel](https://evil.example/x.png)", "[image: pixel]"),
        ("![](https://evil.example/x.png)", "[image: https://evil.example/x.png]"),
        ("![x](data:image/svg+xml;base64,PHN2Zz4=)", "![x](data:image/svg+xml;base64,PHN2Zz4=)"),
    ],
    ids=["script", "hidden script", "data", "file", "html", "image", "image without words", "svg"],
)
def test_markdown_leads_to_no_script_and_loads_nothing(text: str, left: str) -> None:
    page = assert_harmless(document(executed(cell(0, f"%md {text}", language="md"))))
    assert left in page.text
    assert not page.named("a")
    assert not page.named("img")


def test_markdown_keeps_links_tables_and_images_that_it_carries() -> None:
    text = (
        '%md-sandbox\n[a](https://example.org/?a=1&b="2")\n\n| x |\n|---|\n| 1 |\n\n![dot](data:image/png;base64,AAAA)'
    )
    page = assert_harmless(document(executed(cell(0, text, language="md"))))
    [link] = page.named("a")
    assert link.attributes["rel"] == "noopener noreferrer"
    assert link.attributes["href"].startswith("https://example.org/?a=1&b=")
    assert [each.attributes for each in page.named("img")] == [{"src": "data:image/png;base64,AAAA", "alt": "dot"}]
    assert page.named("table")


def test_an_error_outside_of_cells_is_told_at_the_end() -> None:
    outside = document(executed(cell(), state="FAILED", error="The worker vanished.", trace="killed"))
    assert "The worker vanished." in read(outside).text
    inside = document(executed(cell(), state="FAILED", error="ValueError: x", cell=0))
    assert "ValueError: x" not in read(inside).text, "the cell has it"


def test_what_has_not_happened_yet_has_no_times() -> None:
    running = cell(0, state="running", started_ms=1000)
    text = read(document(executed(running, cell(1, state="pending"), state="RUNNING", started_ms=0, ended_ms=0))).text
    assert "Started" not in text
    assert "Took" not in text
    assert "pending" in text


def test_huge_outputs_are_left_out_with_a_note() -> None:
    big = "<" * (MAX_OUTPUTS // 8)
    html = document(
        executed(cell(0, outputs=[stream(big)]), cell(1, outputs=[stream(big)]), cell(2, outputs=[stream("small")]))
    )
    assert html.count(LEFT_OUT) == 1
    assert "small" in read(html).text
    assert len(html) < MAX_OUTPUTS * 2


def test_very_long_source_stays_whole_without_colours() -> None:
    html = document(executed(cell(0, "x=1\n" * MAX_COLOURED)))
    assert html.count("x=1") == MAX_COLOURED
    assert '<span class="n">' not in html
