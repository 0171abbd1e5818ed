"""A server in a network of its own, on the ports 80 or 443, and commands that run beside it.

Some clients keep the scheme and the host of the address that they are given and drop the port. They are met where they look,
and nothing of the machine is touched: the namespace has its own ports, and no way out.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.compat import loopback

PYTHON = sys.executable
BRICKYARD = str(Path(PYTHON).with_name("brickyard"))
PORTS = {"http": 80, "https": 443}


class Island:
    """Started with a home; ended with `stop`."""

    def __init__(self, home: Path, scheme: str) -> None:
        self.home = home
        self.url = f"{scheme}://127.0.0.1"
        self.clean = {"PATH": os.environ["PATH"], "HOME": str(home.parent), "LANG": "C.UTF-8"}
        self.env = {**self.clean, "BRICKYARD_HOME": str(home), "BRICKYARD_IDLE_WORKERS": "1"}
        tls = self._certificate() if scheme == "https" else ()
        words = [BRICKYARD, "server", "--port", str(PORTS[scheme]), *tls]
        alone = ["unshare", "--user", "--map-root-user", "--net", PYTHON, loopback.__file__]
        self.server = subprocess.Popen([*alone, *words], env=self.env, stdout=subprocess.PIPE, text=True)
        self._await()

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
        inside = ["nsenter", "--target", str(self.server.pid), "--user", "--net", "--preserve-credentials"]
        return subprocess.run(
            [*inside, *words], env=dict(env), cwd=cwd, capture_output=True, text=True, timeout=90, check=False
        )

    def stop(self) -> None:
        """End the server."""
        self.server.terminate()
        self.server.wait(timeout=30)
        if self.server.stdout is not None:
            self.server.stdout.close()

    def _certificate(self) -> tuple[str, ...]:
        subprocess.run([BRICKYARD, "auth", "tls"], env=self.env, check=True, capture_output=True, timeout=30)
        folder = self.home / "tls"
        return "--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")

    def _await(self) -> None:
        assert self.server.stdout is not None
        line = self.server.stdout.readline()
        assert "listens on" in line, f"no server in a network of its own (are user namespaces allowed here?): {line}"
