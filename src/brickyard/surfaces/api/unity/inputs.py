"""Names, refusals and pages, as all endpoints of the catalog read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import Response

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.surfaces.api import pages
from brickyard.surfaces.api.answers import answer
from brickyard.surfaces.api.inputs import Fields

# A name becomes a folder below /Volumes, so it is never a path; the service forbids the same characters.
_NAME = re.compile(r"[^./\\\s\x00-\x1f\x7f]{1,255}")


def name_of(fields: Fields, field: str) -> str:
    """The name that a field gives to a catalog, schema or volume, in lower case as all names are kept."""
    return _checked(field, fields.text(field))


def parts_of(full_name: str, *levels: str) -> tuple[str, ...]:
    """The parts of a full name, in lower case.

    Raises:
        InvalidParameterValue: it does not have one part for each of `levels`, or one of them is no name.
    """
    parts = full_name.split(".")
    if len(parts) != len(levels):
        raise InvalidParameterValue(f"full_name is {full_name[:100]!r}; it must be {'.'.join(levels)}.")
    return tuple(_checked(level, part) for level, part in zip(levels, parts, strict=True))


def refuse(fields: Fields, reasons: Mapping[str, str]) -> None:
    """Refuse fields that say something which is not kept here; empty ones say nothing.

    Raises:
        FeatureDisabled: it names the field and the reason.
    """
    given = fields.raw()
    for field, reason in reasons.items():
        if given.get(field) and given[field] != "false":
            raise FeatureDisabled(f"{field}: {reason}.")


def paged(
    query: Fields,
    name: str,
    found: Sequence[Any],
    describe: Callable[[Any], dict[str, Any]],
    *,
    most: int,
    unpaged: bool = False,
) -> Response:
    """One page of a list; the last page has no token.

    Args:
        query: `max_results` of 0 leaves the length of a page to the server; the other fields belong to the question.
        name: of the list in the answer.
        found: the whole list.
        describe: makes the answer's object of an item.
        most: the greatest length of a page.
        unpaged: without `max_results` the answer is the whole list, as old clients expect it.
    """
    size = query.whole("max_results", 0)
    limit = min(size or most, most)
    if unpaged and "max_results" not in query:
        limit = max(len(found), 1)
    asked = {key: value for key, value in query.raw().items() if key not in {"max_results", "page_token"}}
    question = f"{name} {sorted(asked.items())}"
    offset = pages.offset_of(query.text("page_token", ""), question)
    body: dict[str, Any] = {name: [describe(each) for each in found[offset : offset + limit]]}
    if len(found) > offset + limit:
        body["next_page_token"] = pages.token(offset + limit, question)
    return answer(body)


def _checked(what: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidParameterValue(
            f"{what} is {name[:100]!r}; it must be 1 to 255 characters without dots, slashes and spaces."
        )
    return name.lower()
