"""Plays a recording to a server: every request as it was, every answer compared."""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx

from tests.compat.recording.compare import Names, differences, is_over, tells_of_clusters
from tests.compat.recording.exchange import Exchange, Recording, decoded, encoded
from tests.compat.recording.scrub import ME, SERVER

_WATCH = re.compile(r"/api/brickyard/runs/(\w+)/watch")
_MOST_WATCHES = 60
_MOST_POLLS = 2_000


class Player:
    """Speaks as the client did, as the user of `http`."""

    def __init__(self, http: httpx.Client) -> None:
        me = str(http.get("/api/2.0/preview/scim/v2/Me").raise_for_status().json()["userName"])
        server = str(http.base_url).rstrip("/")
        self.http = http
        self.names = Names({ME: me, quote(ME): quote(me), SERVER: server})

    def play(self, recording: Recording) -> None:
        """Play all of it.

        Raises:
            AssertionError: an answer is another than the recorded one; the text says where.
        """
        for number, exchange in enumerate(recording.exchanges, 1):
            wrong = self._exchange(exchange)
            told = "\n".join(wrong)
            assert not wrong, f"{recording.client}, exchange {number}: {exchange.method} {exchange.path}\n{told}"

    def _exchange(self, exchange: Exchange) -> list[str]:
        if watched := _WATCH.fullmatch(exchange.path):
            self._await(self.names.today(watched[1]))
            return []
        run_id = exchange.query.get("run_id")
        if run_id and is_over(exchange.answer):
            self._await(self.names.today(run_id[0]))
        wrong = self._ask(exchange)
        again = exchange.method == "GET" and (exchange.polled or tells_of_clusters(exchange.answer))
        for _ in range(_MOST_POLLS if again else 0):
            if not wrong:
                break
            wrong = self._ask(exchange)
        return wrong

    def _ask(self, exchange: Exchange) -> list[str]:
        answer = self.http.request(
            exchange.method,
            self.names.today(exchange.path),
            params=self.names.today(exchange.query) or None,
            content=encoded(self.names.today(exchange.body), exchange.kind),
            headers={"Content-Type": exchange.kind} if exchange.kind else {},
        )
        if answer.status_code != exchange.status:
            return [f"status: recorded {exchange.status}, answered {answer.status_code}: {answer.text}"]
        if exchange.method == "HEAD":
            return []
        kind = answer.headers.get("content-type", "")
        return differences(exchange.answer, decoded(answer.content, kind), self.names)

    def _await(self, run_id: str) -> None:
        """Wait for the end of a run; one task's run ends no later than the client was told."""
        seen = 0
        for _ in range(_MOST_WATCHES):
            answer = self.http.get(f"/api/brickyard/runs/{run_id}/watch", params={"seen": seen, "timeout": 20})
            if answer.status_code != 200 or answer.json()["run"]["end_time"]:
                return
            seen = answer.json()["version"]
        raise AssertionError(f"run {run_id} does not come to an end")
