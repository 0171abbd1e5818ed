"""The page of the fields, from the one table that the checks use too."""

from __future__ import annotations

from brickyard.jobs.field import Field, Kind, Meaning
from brickyard.jobs.fields import SECTIONS
from docs.markdown import code, page, table

_WORDS = {
    Meaning.WORKS: "works",
    Meaning.REFUSED: "**refused**",
    Meaning.WITHOUT_MEANING: "without meaning here",
}
_TITLES = {
    "job": "Settings of a job",
    "task": "A task",
    "nested_task": "The task of a loop",
    "new_cluster": "A new cluster",
    "cluster": "An all-purpose cluster (`clusters/create`, `clusters/edit`)",
    "cluster_changes": "Changes in `clusters/update`",
    "cluster_size": "Request `clusters/resize`",
    "clone_from": "The cluster whose libraries a new one gets",
    "submit": "Request `runs/submit`",
    "run_now": "Request `jobs/run-now`",
    "repair": "Request `jobs/runs/repair`",
    "overriding": "Overrides of task parameters",
}


def fields_page() -> str:
    """The page `fields.md`."""
    lead = (
        "Every field of the Jobs API 2.2 that Brickyard knows. A field *works*; or it is *refused*, with the reason\n"
        "given here, unless it asks for nothing (null, empty, false); or it is *without meaning here*: it is kept and\n"
        "returned as sent, has no effect, and a notice says so. A field that is not in these tables is an error that\n"
        "suggests the nearest name. Nothing is accepted and ignored. In what Brickyard differs from Databricks, and\n"
        "why, is in [compatibility](../compatibility.md)."
    )
    parts = []
    for section, fields in SECTIONS.items():
        rows = [
            (code(field.name), _kind(field), _word(section, field), _notes(section, field)) for field in fields.values()
        ]
        parts += [f"## {title(section)}", table(("field", "type", "here", "notes"), rows)]
    return page("Fields", lead, _counts(), *parts)


def title(section: str) -> str:
    """The heading of a section."""
    return _TITLES.get(section, code(section))


def _word(section: str, field: Field) -> str:
    meaning = here(section, field)
    return "works, differs" if meaning is Meaning.WORKS and field.differs else _WORDS[meaning]


def _counts() -> str:
    every = [here(section, field) for section, fields in SECTIONS.items() for field in fields.values()]
    numbers = (f"{every.count(meaning)} {word}" for meaning, word in _WORDS.items())
    return f"In all {len(every)} entries: {', '.join(numbers)}."


def here(section: str, field: Field) -> Meaning:
    """What a field comes to: an object works no better than the best of its parts, a part no better than the object."""
    if field.meaning is not Meaning.WORKS:
        return field.meaning
    above = [each.meaning for fields in SECTIONS.values() for each in fields.values() if each.of == section]
    if above and Meaning.WORKS not in above:
        return above[0]
    parts = [each.meaning for each in SECTIONS[field.of].values()] if field.of else []
    if parts and Meaning.WORKS not in parts:
        return Meaning.REFUSED if Meaning.REFUSED in parts else Meaning.WITHOUT_MEANING
    return Meaning.WORKS


def _kind(field: Field) -> str:
    return f"{field.kind} ({code(field.of)})" if field.of else str(field.kind)


def _notes(section: str, field: Field) -> str:
    notes = []
    if field.required:
        notes.append("required")
    if field.allowed:
        notes.append(f"only {', '.join(code(value) for value in field.allowed)}")
    if field.minimum:
        notes.append(f"at least {field.minimum}")
    if field.maximum and field.meaning is Meaning.WORKS:
        notes.append(f"at most {_limit(field)}")
    if field.differs:
        notes.append(field.differs)
    if field.reason:
        notes.append(field.reason)
    elif field.meaning is not here(section, field):
        notes.append(f"as each of its parts: see {code(field.of)}" if field.of else "as the whole object is")
    narrowed = [each for each in SECTIONS[field.of].values() if each.required and each.reason] if field.of else []
    notes += [f"only with {each.name} {' or '.join(each.allowed)}, {each.reason}" for each in narrowed if each.allowed]
    return "; ".join(notes)


def _limit(field: Field) -> str:
    unit = {Kind.INTEGER: "", Kind.STRING: " bytes"}.get(field.kind, " entries")
    return f"{field.maximum}{unit}"
