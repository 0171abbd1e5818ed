"""A real Git server on loopback: `git http-backend` behind a few lines of HTTP."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

_IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "me"), ("EMAIL", "me@example.com"), ("DATE", "2024-01-01T00:00:00Z"))
}


class GitServer:
    """Repositories below a folder, and where they are served."""

    def __init__(self, root: Path, url: str) -> None:
        self.root = root
        self.url = url
        self.requests: list[tuple[str, str]] = []
        """(path, `Authorization`) of each request."""
        self.password = ""
        """Not empty: asked for, as `Basic`."""

    def repository(self, name: str, **files: str) -> Repository:
        """A new repository with one commit on `main`; double underscores in names stand for slashes, one for a dot."""
        made = Repository(self.root / name, f"{self.url}/{name}")
        named = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
        made.commit(named or {"README.md": "hello\n"})
        return made


class Repository:
    """A served repository that tests change."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        folder.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main", ".")
        self.git("config", "http.receivepack", "false")

    def git(self, *arguments: str, given: str | None = None) -> str:
        """Run Git there, as nobody in particular."""
        environ = os.environ | _IDENTITY | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=environ, input=given, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str], message: str = "a commit") -> str:
        """Write files and commit them; the commit's name."""
        for name, text in files.items():
            file = self.folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def commit_entry(self, mode: str, text_or_object: str, path: str, *, blob: bool = True) -> str:
        """Commit an entry of any mode without making it on disk; the commit's name."""
        name = self.git("hash-object", "-w", "--stdin", given=text_or_object) if blob else text_or_object
        self.git("update-index", "--add", "--cacheinfo", f"{mode},{name},{path}")
        self.git("commit", "--quiet", "--message", f"add {path}")
        return self.git("rev-parse", "HEAD")


class _Handler(BaseHTTPRequestHandler):
    server_of: ClassVar[dict[int, GitServer]] = {}

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("content-length") or 0)))

    def _serve(self, body: bytes) -> None:
        server = self.server_of[self.server.server_port]  # type: ignore[attr-defined]
        given = self.headers.get("authorization", "")
        server.requests.append((self.path, given))
        if server.password and given != server.password:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        head, _, content = self._backend(server, body).partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().splitlines()]
        status = next((value for name, value in fields if name == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _backend(self, server: GitServer, body: bytes) -> bytes:
        parts = urlsplit(self.path)
        environ = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("git-protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "CONTENT_TYPE": self.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("content-encoding", ""),
            "CONTENT_LENGTH": str(len(body)),
            "REMOTE_USER": "me",
        }
        return subprocess.run(["git", "http-backend"], env=environ, input=body, capture_output=True, check=False).stdout

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Nothing: what was asked is in `GitServer.requests`."""


@contextmanager
def git_server(root: Path) -> Iterator[GitServer]:
    """Serve all repositories below `root`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as http:
        server = GitServer(root, f"http://127.0.0.1:{http.server_port}")
        _Handler.server_of[http.server_port] = server
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            http.shutdown()
            thread.join()
