"""A server in a network of its own, on the ports 80 or 443, and commands that run beside it.

Some clients keep the scheme and the host of the address that they are given and drop the port. They are met where they look,
and nothing of the machine is touched: the namespace has its own ports, and no way out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.compat import loopback
from tests.compat.recording.session import RECORDINGS, wanted

ROOT = Path(__file__).parents[2]
PYTHON = sys.executable
BRICKYARD = str(Path(PYTHON).with_name("brickyard"))
PORTS = {"http": 80, "https": 443}
BEHIND = 8484
"""The port of the server while a recorder has the one that clients look at."""


@contextmanager
def island(home: Path, scheme: str, client: str = "") -> Iterator[Island]:
    """A server in a network of its own, for as long as it is needed."""
    made = Island(home, scheme, client)
    try:
        yield made
    finally:
        made.stop()


class Island:
    """Started with a home; ended with `stop`. Where recordings are wanted, that of a client (name and version) is made."""

    def __init__(self, home: Path, scheme: str, client: str) -> None:
        self.home = home
        self.url = f"{scheme}://127.0.0.1"
        self.clean = {"PATH": os.environ["PATH"], "HOME": str(home.parent), "LANG": "C.UTF-8"}
        self.env = {**self.clean, "BRICKYARD_HOME": str(home), "BRICKYARD_IDLE_WORKERS": "1"}
        tls = self._certificate() if scheme == "https" else ()
        port = ["--port", str(PORTS[scheme])]
        recording = wanted() and bool(client)
        at = ["--port", str(BEHIND)] if recording else [*port, *tls]
        alone = ["unshare", "--user", "--map-root-user", "--net", PYTHON, loopback.__file__]
        self.server = self._started([*alone, BRICKYARD, "server", *at])
        self.recorder: subprocess.Popen[str] | None = None
        if recording:
            to = ["--client", client, "--to", str(RECORDINGS / f"{client.partition(' ')[0]}.json")]
            words = [PYTHON, "-m", "tests.compat.recording", "--server", f"http://127.0.0.1:{BEHIND}", *port, *to, *tls]
            self.recorder = self._started([*self._inside(), *words])

    @property
    def token(self) -> str:
        """Of the user who owns the home."""
        return (self.home / "token").read_text().strip()

    @property
    def trust(self) -> Path:
        """The authorities that a client is to trust."""
        return self.home / "tls" / "ca.pem"

    def client(self) -> dict[str, str]:
        """The environment of a client that is told nothing but address, token and authority."""
        told = {"DATABRICKS_HOST": self.url, "DATABRICKS_TOKEN": self.token, "REQUESTS_CA_BUNDLE": str(self.trust)}
        return {**self.clean, **told}

    def run(
        self, words: list[str], env: Mapping[str, str], cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the network of the server."""
        return subprocess.run(
            [*self._inside(), *words], env=dict(env), cwd=cwd, capture_output=True, text=True, timeout=90, check=False
        )

    def stop(self) -> None:
        """End the server, and write what was recorded."""
        for process in (self.recorder, self.server):
            if process is not None:
                process.terminate()
                process.wait(timeout=30)
                if process.stdout is not None:
                    process.stdout.close()

    def _inside(self) -> list[str]:
        return ["nsenter", "--target", str(self.server.pid), "--user", "--net", "--preserve-credentials"]

    def _certificate(self) -> tuple[str, ...]:
        subprocess.run([BRICKYARD, "auth", "tls"], env=self.env, check=True, capture_output=True, timeout=30)
        folder = self.home / "tls"
        return "--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")

    def _started(self, words: list[str]) -> subprocess.Popen[str]:
        process = subprocess.Popen(words, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listens on" in line, f"nothing listens in a network of its own (are namespaces allowed here?): {line}"
        return process
