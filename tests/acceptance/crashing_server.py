"""A server that ends as by a power cut at one of its writes: `crashing_server.py before|after N [server options]`.

Every write to the database is a commit point; the server dies just before its Nth is made, or just after.
"""

from __future__ import annotations

import itertools
import os
import sys
from typing import Any

from brickyard.serve import serve
from brickyard.storage.sqlite import SqliteDatabase

_write = SqliteDatabase.write
_counter = itertools.count(1)


def cut(self: SqliteDatabase, work: Any) -> Any:
    """Write, or die."""
    last = next(_counter) == int(sys.argv[2])
    if last and sys.argv[1] == "before":
        os._exit(9)
    result = _write(self, work)
    if last:
        os._exit(9)
    return result


if __name__ == "__main__":
    SqliteDatabase.write = cut  # type: ignore[method-assign] # this is what the script is for
    sys.exit(serve(sys.argv[3:]))
