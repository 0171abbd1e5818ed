"""The generated pages say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from brickyard.jobs import names
from brickyard.jobs.fields import SECTIONS
from brickyard.jobs.references import parse
from docs import choices, field_page, reference_page
from tests.docs.blocks import ROOT

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
GENERATED = [DOCS / "compatibility.md", *sorted(REFERENCE.iterdir())]
SOURCES = sorted((ROOT / "src" / "brickyard").rglob("*.py"))
JOBS_GUIDE = ROOT / "docs" / "guide" / "jobs.md"


pytestmark = pytest.mark.xdist_group("reference")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What `make docs` would write now."""
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, "-m", "docs.generate", str(folder)], cwd=ROOT, check=True, timeout=60)
    return {path.name: path.read_text() for path in folder.rglob("*.md")}


@pytest.mark.parametrize("page", GENERATED, ids=lambda page: page.name)
def test_a_generated_page_is_up_to_date(page: Path, pages: Mapping[str, str]) -> None:
    """What stands in `docs` is what the code says now."""
    assert page.read_text() == pages[page.name], f"{page.name} is out of date: run make docs"


def test_no_page_is_left_that_nothing_generates(pages: Mapping[str, str]) -> None:
    """A page of the reference that is not generated any more would be believed and wrong."""
    assert {path.name for path in GENERATED} == set(pages)


def test_every_variable_of_the_code_is_documented(pages: Mapping[str, str]) -> None:
    """Each BRICKYARD_ name in the source stands on the page of the settings."""
    named = {name for path in SOURCES for name in re.findall(r"\bBRICKYARD_[A-Z_]+\b", path.read_text())}
    assert named == set(re.findall(r"`(BRICKYARD_[A-Z_]+)`", pages["settings.md"]))


def test_every_field_is_on_its_page_with_a_reason_where_it_is_refused(pages: Mapping[str, str]) -> None:
    """A refused field of the task and of the job tells why."""
    text = pages["fields.md"]
    for section in ("Settings of a job", "A task", "A new cluster", "`library`", "`email_notifications`"):
        table = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
        refused = [line for line in table.splitlines() if "**refused**" in line]
        assert refused, section
        assert all(len(line.split("|")[4].strip()) > 10 for line in refused), section


def test_an_object_with_refused_parts_alone_is_not_said_to_work(pages: Mapping[str, str]) -> None:
    """`email_notifications` may be sent empty, which nobody would call working."""
    line = next(line for line in pages["fields.md"].splitlines() if line.startswith("| `email_notifications` |"))
    assert "**refused**" in line


@pytest.mark.parametrize("command", ["bundle deploy", "runs repair RUN", "run PATH [WORD …]", "auth token create"])
def test_commands_have_a_section_with_their_options(command: str, pages: Mapping[str, str]) -> None:
    """The page follows the tree of commands down to its leaves."""
    section = pages["commands.md"].partition(f"## `brickyard {command}`\n")[2].partition("\n## ")[0]
    assert "`--json`" in section


def test_versions_of_an_endpoint_share_a_row(pages: Mapping[str, str]) -> None:
    """Three versions of run-now are one line, and what has no version has none."""
    text = pages["endpoints.md"]
    assert text.count("run-now") == 1
    assert "| POST | `/api/2.x/jobs/run-now` | 2.2, 2.1, 2.0 |" in text
    assert "| GET | `/health` |  |" in text


def test_every_known_name_has_a_meaning_on_its_page() -> None:
    """What `{{…}}` may stand for is all there, and nothing that it may not."""
    assert set(reference_page.shown()) == set(reference_page._MEANINGS)


def test_every_field_is_in_one_class_on_the_page_of_compatibility(pages: Mapping[str, str]) -> None:
    """Works, works differently (how), refused (why), or no meaning here (why)."""
    text = pages["compatibility.md"]
    for section, fields in SECTIONS.items():
        heading = f"### {field_page.title(section)}\n"
        rows = [line.split(" | ") for line in text.partition(heading)[2].partition("\n#")[0].splitlines()]
        found = {row[0].strip("| `"): (row[1], row[2].strip(" |")) for row in rows if len(row) == 3}
        assert set(fields) <= set(found), section
        unexplained = [name for name in fields if found[name][0] != "works" and len(found[name][1]) < 10]
        assert not unexplained, section


@pytest.mark.parametrize("subject", choices.SUBJECTS)
def test_every_decision_says_what_was_open_what_holds_and_why(subject: str, pages: Mapping[str, str]) -> None:
    """A decision without a reason cannot be judged; one that is there twice may be there in two ways."""
    found = choices.SUBJECTS[subject]
    assert all(text.strip() for choice in found for text in choice)
    assert all(choice.decision.endswith(".") and choice.why.endswith(".") for choice in found)
    assert len({choice.topic for choice in found}) == len(found)
    assert f"### {subject}\n" in pages["compatibility.md"]


def test_every_reference_in_the_guide_is_known() -> None:
    """What the guide shows can be written into a job."""
    shown = re.findall(r"\{\{.*?\}\}", JOBS_GUIDE.read_text().replace("\\|", "|").replace("{{…}}", ""))
    assert len(shown) > 15
    for text in shown:
        (reference,) = parse(text)
        assert not isinstance(reference, str), text
        if hasattr(reference, "parts"):
            names.check(reference.parts, text)


def _links(page: Path) -> list[tuple[str, str]]:
    return re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))


def _anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    """Files and headings that pages point to exist."""
    for text, target in _links(page):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"[{text}]({target})"
        assert not anchor or anchor in _anchors(file), f"[{text}]({target})"


def test_every_page_is_reachable_from_the_readme() -> None:
    """A page that nothing links to is a page that nobody reads."""
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        waiting += [(page.parent / target.partition("#")[0]).resolve() for _, target in _links(page)]
    missing = {page for page in PAGES if "decisions" not in page.parts} - seen - {ROOT / "CHANGELOG.md"}
    assert not missing
