"""Which warehouse a request is about."""

from __future__ import annotations

from fastapi import Request

from brickyard.access.levels import ObjectType
from brickyard.access.refs import Ref
from brickyard.errors import NotFound
from brickyard.surfaces.api.bodies import Sent


def no_warehouse(warehouse_id: str) -> NotFound:
    """What is said of a warehouse that is not there."""
    return NotFound(f"The warehouse {warehouse_id[:100]} does not exist.")


def warehouse(warehouse_id: str) -> Ref:
    """A warehouse by its id."""
    return Ref(kind=ObjectType.WAREHOUSES, object_id=warehouse_id, missing=no_warehouse(warehouse_id))


async def warehouse_sent(sent: Sent) -> Ref:
    """The `warehouse_id` of the body."""
    return warehouse(sent.text("warehouse_id"))


async def warehouse_in_path(request: Request) -> Ref:
    """The `warehouse_id` of the path."""
    return warehouse(request.path_params["warehouse_id"])
