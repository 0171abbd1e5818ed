"""The options of `brickyard server`. Each beats the environment variable of the same meaning."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from brickyard.settings import Settings, read


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line and the environment say together."""

    host: str
    port: int
    quiet: bool
    settings: Settings


def parse(argv: list[str]) -> Options:
    """Read the options; wrong ones end the process with an explanation.

    Raises:
        InvalidParameterValue: an environment variable has a value that is not allowed.
    """
    given = _parser().parse_args(argv)
    settings = read()
    settings = replace(
        settings,
        tls_cert=given.tls_cert or settings.tls_cert,
        tls_key=given.tls_key or settings.tls_key,
        allow_hosts=tuple(given.allow_host or settings.allow_hosts),
        proxies=tuple(given.behind_proxy or settings.proxies),
    )
    return Options(host=given.host, port=given.port, quiet=given.quiet, settings=settings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="brickyard server", description="Serve the Jobs API of this home.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8484, help="0 takes a free one (default 8484)")
    parser.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate and its chain, PEM: serve https")
    parser.add_argument("--tls-key", type=Path, metavar="FILE", help="the certificate's private key, PEM")
    parser.add_argument(
        "--allow-host", action="append", metavar="NAME", help="a further name under which clients reach this server"
    )
    parser.add_argument(
        "--behind-proxy",
        action="append",
        metavar="ADDRESS",
        help="serve http to this proxy (address or network), which speaks https to clients; may be repeated",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    return parser
