"""Behind a proxy: only the proxy and this machine are answered, and only the proxy is believed about its clients."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from brickyard.errors import InvalidParameterValue, PermissionDenied
from brickyard.surfaces.api import faults


class BehindProxy:
    """ASGI middleware, outermost: it looks at who is connected."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._direct = app
        self._networks = [_network(proxy) for proxy in proxies]
        # uvicorn types its own protocols more narrowly than Starlette does; the calls are the same.
        self._forwarded: ASGIApp = ProxyHeadersMiddleware(app, trusted_hosts=list(proxies))  # type: ignore[assignment, arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as forwarded or as direct, or refuse it."""
        peer = _peer(scope)
        if peer is not None and any(peer in network for network in self._networks):
            # Sockets that take IPv6 too show IPv4 peers in a form that the inner middleware does not know.
            await self._forwarded({**scope, "client": (str(peer), scope["client"][1])}, receive, send)
        elif peer is not None and peer.is_loopback:
            await self._direct(scope, receive, send)
        else:
            refused = PermissionDenied("This server answers its proxy only; use the proxy's address.")
            await faults.refusal(refused)(scope, receive, send)


def _peer(scope: Scope) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if not scope.get("client"):
        return None
    address = ipaddress.ip_address(scope["client"][0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise InvalidParameterValue(
            f"--behind-proxy is {text!r}; it must be an address or a network, such as 10.0.0.7 or 10.0.0.0/24."
        ) from None
