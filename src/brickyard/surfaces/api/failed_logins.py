"""Counts failed logins by where they come from and by whom they name, and slows those down that fail too often.

A right token is never counted and never refused here, so nobody is locked out by others at the same address. What is
shown is random and long: it cannot be guessed, and the limit is there so that the attempt costs the server little.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import threading
from collections import OrderedDict

from brickyard.ports import Clock
from brickyard.surfaces.api.faults import TooManyRequests

LIMIT = 1000
"""Failures of one address, or with one client id, in a window."""
WINDOW_SECONDS = 60.0
MAX_REMEMBERED = 10_000
"""Addresses and client ids; of more, those are forgotten that failed longest ago."""

_log = logging.getLogger(__name__)


class FailedLogins:
    """Thread-safe; its memory is bounded whatever comes."""

    def __init__(self, clock: Clock, limit: int = LIMIT) -> None:
        self._clock = clock
        self._limit = limit
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def failed(self, address: str, client_id: str = "") -> None:
        """Tell of one failure. The log has the first of a window, and that there were too many; never what was shown.

        Raises:
            TooManyRequests: it was one too many; the error says when to come back.
        """
        keys = [f"address {network(address)}"]
        if client_id:
            # As it would stand in a program: no character of it can forge a line of the log.
            keys.append(f"client {client_id[:64]!r}")
        waits = [self._count(key) for key in keys]
        if max(waits) > 0:
            raise TooManyRequests(
                "Too many failed logins from this address or with this client id; try again later.",
                retry_after=math.ceil(max(waits)),
            )

    def _count(self, key: str) -> float:
        """Seconds to wait; 0 where it is within the limit."""
        now = self._clock.monotonic()
        with self._lock:
            begun, failures = self._windows.pop(key, (now, 0))
            if now - begun >= WINDOW_SECONDS:
                begun, failures = now, 0
            failures += 1
            self._windows[key] = (begun, failures)
            if len(self._windows) > MAX_REMEMBERED:
                self._windows.popitem(last=False)
        if failures == 1:
            _log.warning("A login failed: %s.", key)
        elif failures == self._limit + 1:
            _log.warning("Logins of %s fail too often: %d in a minute. Further ones are refused.", key, self._limit)
        return begun + WINDOW_SECONDS - now if failures > self._limit else 0.0


def network(address: str) -> str:
    """What one sender can change at will counts as one: of IPv6 the first 64 bits."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return repr(address[:64])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
