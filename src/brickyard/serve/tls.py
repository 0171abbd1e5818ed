"""TLS of the server, with the certificate as it is on disk at the time of each handshake."""

from __future__ import annotations

import logging
import os
import ssl
from pathlib import Path

import certifi

from brickyard.errors import InvalidParameterValue
from brickyard.ports import Clock
from brickyard.serve.certificates import Certificate, examine

_log = logging.getLogger(__name__)


class Identity:
    """Certificate and key of this server.

    They are read again when the files have changed: a renewed certificate needs no restart. A pair that is wrong (half
    of it may be written yet) is told in the log once, and the one before stays in use.
    """

    def __init__(self, cert: Path, key: Path, trust: Path, clock: Clock) -> None:
        self._cert, self._key, self._trust = cert, key, trust
        self._clock = clock
        self._seen = self._stamp()
        self._certificate, self._current = self._load()

    @property
    def certificate(self) -> Certificate:
        """The certificate in use."""
        return self._certificate

    def listening(self) -> ssl.SSLContext:
        """The context to listen with."""
        context = _context()
        context.load_cert_chain(self._cert, self._key)
        context.sni_callback = self._greet
        return context

    def _greet(self, connection: ssl.SSLObject, _name: str, _context: ssl.SSLContext) -> None:
        """Called in every handshake, also of clients that name no server."""
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            try:
                self._certificate, self._current = self._load()
            except InvalidParameterValue as error:
                _log.warning("The new certificate is not used: %s", error.message)
            else:
                _log.info("The certificate was read again; it is valid until %s", self._certificate.expires)
        connection.context = self._current

    def _load(self) -> tuple[Certificate, ssl.SSLContext]:
        certificate = examine(self._cert, self._key, self._clock.now_ms())
        context = _context()
        try:
            context.load_cert_chain(self._cert, self._key)
        except (OSError, ssl.SSLError) as error:
            raise InvalidParameterValue(f"--tls-cert {self._cert} cannot be used: {error}.") from error
        write_trust(self._trust, certificate.chain)
        return certificate, context

    def _stamp(self) -> tuple[int, ...]:
        found = []
        for path in (self._cert, self._key):
            try:
                status = path.stat()
            except OSError:
                found.append(0)
            else:
                found += [status.st_mtime_ns, status.st_ino, status.st_size]
        return tuple(found)


def write_trust(path: Path, chain: bytes) -> None:
    """Write what clients on this machine trust: the public authorities and this server's own chain.

    Clients have one file for all authorities, so the public ones must be in it too.
    """
    given = os.environ.get("SSL_CERT_FILE") or certifi.where()
    public = b"" if Path(given) == path else Path(given).read_bytes()
    draft = path.with_suffix(".new")
    draft.write_bytes((public or Path(certifi.where()).read_bytes()) + b"\n" + chain)
    draft.replace(path)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # Old clients of the service speak no 1.3; what is below 1.2 is broken.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context
