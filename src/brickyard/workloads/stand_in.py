"""An object or function that is made when it is used for the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class StandIn:
    """Passes every use on to the object that `make` returns. `isinstance` sees the class of that object."""

    def __init__(self, make: Callable[[], Any]) -> None:
        object.__setattr__(self, "_stand_in_for", make)

    def __getattribute__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_stand_in_for")(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_stand_in_for")(), name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return object.__getattribute__(self, "_stand_in_for")()(*args, **kwargs)

    def __dir__(self) -> list[str]:
        return dir(object.__getattribute__(self, "_stand_in_for")())

    def __repr__(self) -> str:
        return repr(object.__getattribute__(self, "_stand_in_for")())
