"""Where the server listens, what protects the connection there, and by which URL this machine reaches it."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from brickyard.errors import InvalidParameterValue
from brickyard.settings import Settings

_HERE = ("127.0.0.1", "localhost")


def check(host: str, settings: Settings) -> None:
    """Refuse to listen where tokens would cross a network in clear text.

    Raises:
        InvalidParameterValue: the address is none, or it is not loopback and nothing protects it.
    """
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise InvalidParameterValue("--tls-cert and --tls-key belong together; only one of them is given.")
    if settings.tls_cert and settings.proxies:
        raise InvalidParameterValue("--behind-proxy serves http and --tls-cert serves https: give one of them.")
    if not is_loopback(host) and not settings.tls_cert and not settings.proxies:
        raise InvalidParameterValue(
            f"--host is {host!r}, which is not loopback (127.0.0.1, ::1, localhost): tokens would cross the network in "
            "clear text. Give --tls-cert and --tls-key (brickyard auth tls makes them), or --behind-proxy ADDRESS "
            "where a proxy speaks https to clients."
        )


def is_loopback(host: str) -> bool:
    """Is this address only reached from this machine?

    Raises:
        InvalidParameterValue: it is no address.
    """
    return host == "localhost" or _address(host).is_loopback


def local_url(host: str, port: int, certified: Sequence[str] | None) -> str:
    """How commands and workers on this machine reach the server; `certified` are the certificate's names.

    Raises:
        InvalidParameterValue: the certificate has no name by which it could be reached.
    """
    everywhere = host != "localhost" and _address(host).is_unspecified
    wanted = list(_HERE) if everywhere else [host]
    if certified is None:
        return f"http://{bracketed('127.0.0.1' if everywhere else host)}:{port}"
    wanted += [name for name in certified if not name.startswith("*")]
    name = next((name for name in wanted if name in certified), None)
    if name is None:
        raise InvalidParameterValue(
            f"The certificate is for {', '.join(certified) or 'no name at all'}, and none of these names one server. "
            "Clients check the name: use a certificate for the name by which they reach this server."
        )
    return f"https://{bracketed(name)}:{port}"


def host_names(host: str, settings: Settings, certified: Sequence[str]) -> tuple[str, ...]:
    """Names that requests may be for: those allowed, those certified, and the address listened on.

    A page that was rebound to this machine comes with its own name, never with one of these.
    """
    own = [] if host == "localhost" or _address(host).is_unspecified else [host]
    named = [name for name in certified if not name.startswith("*")]
    return (*settings.allow_hosts, *named, *own)


def bracketed(host: str) -> str:
    """The host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        raise InvalidParameterValue(
            f"--host is {host!r}; it must be an address of this machine, such as 127.0.0.1, 0.0.0.0 or localhost."
        ) from None
