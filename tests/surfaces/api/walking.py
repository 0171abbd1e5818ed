"""Every route of an application, however its routers are nested: what must hold everywhere is asked everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route with one of its methods."""

    method: str
    template: str

    @property
    def path(self) -> str:
        """A path that the route takes."""
        return re.sub(r"{[^}]*}", "1", self.template)

    @property
    def changes(self) -> bool:
        """May it change something?"""
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def endpoints(app: FastAPI) -> list[Endpoint]:
    """All of them."""
    return [
        Endpoint(method, prefix + route.path)
        for prefix, route in _walked(app.routes, "")
        for method in sorted(route.methods or ())
    ]


def walked(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    """Every route with the prefix that its own path lacks."""
    return _walked(app.routes, "")


def _walked(routes: list[BaseRoute], prefix: str) -> Iterator[tuple[str, APIRoute]]:
    for route in routes:
        assert not isinstance(route, Mount), "a mounted application would have no dependencies"
        if isinstance(route, APIRoute):
            yield prefix, route
        else:
            inner = getattr(route, "original_router", None)
            assert inner is not None, f"unknown kind of route: {route!r}"
            yield from _walked(inner.routes, prefix + getattr(route, "include_context").prefix)  # noqa: B009 - untyped
