"""Options of writers that work. Any other is refused: an option that is accepted and ignored gives wrong files."""

from __future__ import annotations

from collections.abc import Iterable

from brickyard.workloads.runtime import errors

_KNOWN = {
    "delta": {"mergeschema", "overwriteschema", "replacewhere", "partitionoverwritemode", "path"},
    "parquet": {"compression", "path", "partitionoverwritemode"},
    "csv": {"header", "sep", "delimiter", "quote", "escape", "compression", "path"},
    "json": {"compression", "path"},
    "text": {"compression", "path"},
}


def check(source: str, options: Iterable[str]) -> None:
    """Refuse a format or an option that does not work.

    Raises:
        UnsupportedOperationException: the text names the option and those that work.
    """
    known = _KNOWN.get(source)
    if known is None:
        raise errors.refused(f"Writing the format {source}", f"Write one of {', '.join(sorted(_KNOWN))}.")
    for option in options:
        if option.lower() not in known:
            raise errors.refused(
                f"The option {option!r} of the {source} writer", f"These work: {', '.join(sorted(known))}."
            )
