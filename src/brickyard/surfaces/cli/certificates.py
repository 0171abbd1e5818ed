"""`brickyard auth tls`: a certificate for a server that has none from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from brickyard.clock import SystemClock
from brickyard.errors import AlreadyExists
from brickyard.home import Home
from brickyard.settings import read
from brickyard.surfaces.cli.output import AsJson, emit_json, say

DAYS = 397
"""The longest life that browsers and systems accept."""
FILES = ("ca.pem", "cert.pem", "key.pem")


def tls(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME …", help="Names and addresses of the server."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=DAYS, metavar="DAYS", help="For how long it is valid.")] = DAYS,
    force: Annotated[bool, typer.Option("--force", help="Replace one that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a certificate for localhost and the names given, in the folder `tls` of the home."""
    from brickyard.surfaces.certificate_maker import make  # noqa: PLC0415 - loads cryptography, which no other command needs

    home = Home(read().home)
    home.prepare()
    folder = home.root / "tls"
    folder.mkdir(mode=0o700, exist_ok=True)
    ca, cert, key = (folder / name for name in FILES)
    if cert.exists() and not force:
        raise AlreadyExists(f"{cert} is there already; --force replaces it.")
    made = make(("localhost", "127.0.0.1", "::1", *(names or [])), days=days, now_ms=SystemClock().now_ms())
    _write(key, made.key)
    _write(cert, made.chain)
    _write(ca, made.authority)
    if as_json:
        emit_json({"ca": str(ca), "cert": str(cert), "key": str(key)})
        return
    say(f"brickyard server --tls-cert {cert} --tls-key {key}")
    say(f"Clients on other machines trust {ca}: SSL_CERT_FILE and REQUESTS_CA_BUNDLE name it there.")


def _write(path: Path, text: bytes) -> None:
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    draft.replace(path)
