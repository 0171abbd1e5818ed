"""`python await_run.py RUN_ID` waits until a run is over and prints it; address, token and authority: the environment.

The server wakes the one who waits. This file imports nothing of the project: it also runs in the network of an island.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import urllib.request
from typing import Any

MOST = 60


def watch(run_id: str) -> Any:
    """The run as soon as it has ended."""
    context = ssl.create_default_context(cafile=os.environ.get("REQUESTS_CA_BUNDLE"))
    seen = 0
    for _ in range(MOST):
        url = f"{os.environ['DATABRICKS_HOST']}/api/brickyard/runs/{run_id}/watch?seen={seen}&timeout=20"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {os.environ['DATABRICKS_TOKEN']}"})  # noqa: S310 - the address is that of the test's server
        with urllib.request.urlopen(request, context=context, timeout=60) as answer:  # noqa: S310 - the same
            found = json.load(answer)
        if found["run"]["end_time"]:
            return found["run"]
        seen = found["version"]
    sys.exit(f"run {run_id} does not come to an end")


if __name__ == "__main__":
    json.dump(watch(sys.argv[1]), sys.stdout)
