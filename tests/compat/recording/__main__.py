"""Stands between a client and a server until Ctrl-C, then writes what they said.

python -m tests.compat.recording --server http://127.0.0.1:8484 --client "some client 1.0" --to tests/compat/recordings/some.json
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

import uvicorn

from tests.compat.recording.proxy import Recorder


def main() -> None:
    """Serve on this machine's loopback, over https where a certificate is given."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat.recording", description=__doc__)
    parser.add_argument("--server", required=True, metavar="URL", help="where the server is")
    parser.add_argument("--client", required=True, metavar="NAME", help="name and version of the client")
    parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="the recording to write")
    parser.add_argument("--port", type=int, default=8485, help="where to listen (default 8485)")
    parser.add_argument("--tls-cert", metavar="FILE", help="listen over https with this certificate")
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's key")
    given = parser.parse_args()
    own = f"{'https' if given.tls_cert else 'http'}://127.0.0.1:{given.port}"
    recorder = Recorder(given.server, own, given.client)
    print(f"listens on {own}", flush=True)  # noqa: T201 - this is what the command says
    tls = {"ssl_certfile": given.tls_cert, "ssl_keyfile": given.tls_key}
    # uvicorn ends in good order and then raises the signal that it got once more.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        uvicorn.run(recorder, port=given.port, log_level="warning", lifespan="off", ws="none", **tls)
    finally:
        recorder.recording.write(given.to)


if __name__ == "__main__":
    main()
