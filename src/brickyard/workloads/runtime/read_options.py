"""Options of readers that work. Any other is refused: an option that is accepted and ignored gives wrong rows."""

from __future__ import annotations

from collections.abc import Mapping

from brickyard.workloads.runtime import errors

_KNOWN: dict[str, frozenset[str]] = {
    "delta": frozenset({"path", "versionasof", "timestampasof"}),
    "parquet": frozenset({"path", "recursivefilelookup"}),
    "csv": frozenset(
        {"path", "header", "sep", "delimiter", "quote", "escape", "comment", "multiline", "recursivefilelookup"}
    ),
    "json": frozenset({"path", "recursivefilelookup"}),
    "text": frozenset({"path", "recursivefilelookup"}),
    "binaryfile": frozenset({"path", "recursivefilelookup"}),
    "iceberg": frozenset({"path"}),
    "avro": frozenset({"path"}),
}
CSV_HERE = frozenset(
    {
        "inferschema",
        "nullvalue",
        "mode",
        "dateformat",
        "timestampformat",
        "ignoreleadingwhitespace",
        "ignoretrailingwhitespace",
    }
)
"""Options of CSV that the runtime itself performs."""
JSON_HERE = frozenset({"mode"})
"""Options of JSON that the runtime itself performs."""
_DEFAULTS = {
    "encoding": {"utf-8", "utf8"},
    "charset": {"utf-8", "utf8"},
    "multiline": {"false"},
    "mergeschema": {"false"},
    "wholetext": {"false"},
    "enforceschema": {"true"},
    "inferschema": {"true"},
    "header": {"true"},
}
"""What an option that is not performed may say all the same, because that is what happens."""


def check(source: str, options: Mapping[str, str]) -> None:
    """Refuse an option that does not work.

    Raises:
        UnsupportedOperationException: the text names the option and those that work.
    """
    known = _KNOWN.get(source)
    if known is None:
        return
    here = {"csv": CSV_HERE, "json": JSON_HERE}.get(source, frozenset())
    for option, value in options.items():
        name = option.lower()
        if name in known or value.lower() in _DEFAULTS.get(name, ()):
            continue
        raise errors.refused(
            f"The option {option!r} = {value!r} of the {source} reader",
            f"These work: {', '.join(sorted((known | here) - {'path'}))}.",
        )
