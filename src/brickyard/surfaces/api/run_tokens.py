"""What a task's own token is worth."""

from __future__ import annotations

from brickyard.errors import Unauthenticated
from brickyard.ports import Store
from brickyard.records import TokenInfo


def check_run(token: TokenInfo, store: Store) -> None:
    """Return unless it is the token of a task whose run is over.

    Raises:
        Unauthenticated: it is. The state of the run decides, and not whether the token was forgotten in time.
    """
    if token.kind != "RUN":
        return
    run = store.runs.load_many([token.run_id], attempts="none").get(token.run_id)
    if run is None or run.life_cycle.is_terminal:
        raise Unauthenticated("The token is that of a task, and its run is over.")
