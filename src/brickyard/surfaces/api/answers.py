"""JSON answers, encoded by msgspec: several times faster than the standard library on long lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

MEDIA_TYPE = "application/json"


def answer(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response. An empty result is `{}`: old clients parse every answer and fail on an empty one."""
    return Response(msgspec.json.encode(value), status_code=status, media_type=MEDIA_TYPE, headers=headers)
