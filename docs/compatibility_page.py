"""The page of compatibility: what of the API works how, and what was decided where public sources leave it open."""

from __future__ import annotations

from collections.abc import Iterator

from brickyard.jobs.field import Field, Meaning
from brickyard.jobs.fields import SECTIONS
from docs.choices import SUBJECTS
from docs.field_page import here, title
from docs.markdown import code, page, table

_WORDS = {
    Meaning.WORKS: "works",
    Meaning.REFUSED: "**refused**",
    Meaning.WITHOUT_MEANING: "no meaning here",
}
_DIFFERS = "works differently"


def compatibility_page() -> str:
    """The page `compatibility.md`."""
    lead = (
        "What Databricks says that a job is, and what Brickyard makes of it. First the decisions where public\n"
        "sources leave a behaviour open or disagree; then every field of the Jobs API 2.2, in one of four classes: it\n"
        "*works*; it *works differently*, and how; it is *refused*, and why; or it has *no meaning here*: it is kept,\n"
        "returned as sent, and a notice on the job says so. Types and limits are in [fields](reference/fields.md),\n"
        "the names in `{{…}}` in [references](reference/references.md)."
    )
    return page("Compatibility", lead, *_decisions(), f"## Every field\n\n{_counts()}", *_fields())


def _decisions() -> Iterator[str]:
    yield "## Decisions"
    for subject, choices in SUBJECTS.items():
        yield f"### {subject}"
        yield table(("where it was open", "what Brickyard does", "why"), choices)


def _counts() -> str:
    words = [_class(section, field) for section, fields in SECTIONS.items() for field in fields.values()]
    numbers = (f"{words.count(word)} {word}" for word in ("works", _DIFFERS, "**refused**", "no meaning here"))
    return f"In all {len(words)} entries: {', '.join(numbers)}."


def _fields() -> Iterator[str]:
    for section, fields in SECTIONS.items():
        rows = [(code(name), _class(section, field), _text(section, field)) for name, field in fields.items()]
        yield f"### {title(section)}"
        yield table(("field", "here", "how, or why"), rows)


def _class(section: str, field: Field) -> str:
    meaning = here(section, field)
    return _DIFFERS if meaning is Meaning.WORKS and _how(field) else _WORDS[meaning]


def _text(section: str, field: Field) -> str:
    if here(section, field) is not Meaning.WORKS:
        return field.reason or (f"as each of its parts: see {code(field.of)}" if field.of else "as the whole object is")
    return _how(field)


def _how(field: Field) -> str:
    """In what a field that works differs; one whose values are narrowed differs by that."""
    narrowed = f"only {', '.join(field.allowed)}: {field.reason}" if field.allowed and field.reason else ""
    return "; ".join(text for text in (field.differs, narrowed) if text)
