"""Pages of resources: what of them, in which order, and which parts (RFC 7644, 3.4.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from brickyard.access.identity import PrincipalKind
from brickyard.surfaces.api.inputs import Fields
from brickyard.surfaces.api.scim import filters
from brickyard.surfaces.api.scim.attributes import Resource, resolve, selected, values_at
from brickyard.surfaces.api.scim.reading import NAMES

ASKED = ("filter", "startIndex", "count", "attributes", "excludedAttributes", "sortBy", "sortOrder")
MAX_PAGE = 10_000
"""Also what is answered without `count`, as at the service."""
_BY_NAME = {kind: re.compile(rf'\s*{name}\s+eq\s+"([^"\\]+)"\s*', re.IGNORECASE) for kind, name in NAMES.items()}
_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def page(kind: PrincipalKind, every: Sequence[Resource], query: Fields) -> dict[str, Any]:
    """The page of these resources that is asked for."""
    test = filters.parse(kind, query.text("filter")) if "filter" in query else None
    found = [each for each in every if test is None or test(each)]
    if "sortBy" in query:
        found = _sorted(found, resolve(kind, query.text("sortBy")))
    if query.choice("sortOrder", ("ascending", "descending"), "ascending") == "descending" and "sortBy" in query:
        found.reverse()
    start = max(1, query.whole("startIndex", 1))
    count = query.whole("count", MAX_PAGE)
    part = found[start - 1 : start - 1 + min(count, MAX_PAGE)]
    select = selection(kind, query)
    return {
        "schemas": [_SCHEMA],
        "totalResults": len(found),
        "startIndex": start,
        "itemsPerPage": len(part),
        "Resources": [select(each) for each in part],
    }


def name_asked(kind: PrincipalKind, query: Fields) -> str:
    """The name that a filter asks for and nothing else, as it would be kept; "" where it asks for something else.

    No other resource of the kind can have it: names of groups differ in more than upper and lower case too.
    """
    match = _BY_NAME[kind].fullmatch(query.text("filter", "")[:1000])
    return (match[1] if kind is PrincipalKind.GROUP else match[1].lower()) if match else ""


def selection(kind: PrincipalKind, query: Fields) -> Callable[[Resource], Resource]:
    """Leaves what `attributes` and `excludedAttributes` say."""
    wanted, unwanted = (_paths(kind, query.text(name, "")) for name in ("attributes", "excludedAttributes"))
    return lambda resource: selected(resource, wanted, unwanted)


def _sorted(found: list[Resource], path: tuple[str, str]) -> list[Resource]:
    """Those without a value last."""

    def key(resource: Resource) -> tuple[bool, str]:
        values = values_at(resource, path)
        return (not values, str(values[0]).casefold() if values else "")

    return sorted(found, key=key)


def _paths(kind: PrincipalKind, text: str) -> list[tuple[str, str]]:
    return [resolve(kind, name.strip()) for name in text.split(",") if name.strip()]
