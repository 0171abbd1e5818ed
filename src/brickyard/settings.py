"""What an operator may configure, with defaults. Everything is an environment variable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from brickyard.errors import InvalidParameterValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one server or command."""

    home: Path
    """Everything that is kept. `BRICKYARD_HOME`, default `~/.brickyard`."""
    database_url: str
    """`BRICKYARD_DATABASE_URL`, default SQLite in the home."""
    max_running_attempts: int
    """How many task attempts may run at once on this server. `BRICKYARD_MAX_RUNNING_ATTEMPTS`."""
    idle_workers: int
    """How many workers are kept ready for light scripts. `BRICKYARD_IDLE_WORKERS`."""
    max_engines: int
    """How many serverless Spark engines may live at once, and beside them how many all-purpose clusters and warehouses.
    `BRICKYARD_MAX_ENGINES`."""
    tls_cert: Path | None = None
    """The server's certificate and its chain, PEM: it then speaks https. `BRICKYARD_TLS_CERT`."""
    tls_key: Path | None = None
    """The private key of the certificate, PEM. `BRICKYARD_TLS_KEY`."""
    allow_hosts: tuple[str, ...] = ()
    """Further names under which clients reach the server, with commas between. `BRICKYARD_ALLOW_HOSTS`."""
    proxies: tuple[str, ...] = ()
    """Proxies that speak https to clients: addresses or networks, with commas between. `BRICKYARD_PROXIES`."""
    max_starts_per_second: int = 100
    """How fast one user may start runs and make jobs; ten seconds' worth at once. `BRICKYARD_MAX_STARTS_PER_SECOND`."""
    audit_days: int = 365
    """So many days what was asked of the server is kept. `BRICKYARD_AUDIT_DAYS`."""
    real_paths: bool = True
    """Whether tasks see `/Workspace`, `/Volumes` and `/dbfs` as real paths, `on` or `off`. `BRICKYARD_REAL_PATHS`."""

    @property
    def workspace(self) -> Path:
        """The folder behind `/Workspace`."""
        return self.home / "workspace"

    @property
    def warehouse(self) -> Path:
        """The folder of managed tables."""
        return self.home / "warehouse"

    @property
    def volumes(self) -> Path:
        """The folder behind `/Volumes`."""
        return self.home / "volumes"

    @property
    def dbfs(self) -> Path:
        """The folder behind `dbfs:/`."""
        return self.home / "dbfs"

    @property
    def places(self) -> Mapping[str, str]:
        """The folders that tasks see at real paths, by these."""
        return {"/Workspace": str(self.workspace), "/Volumes": str(self.volumes), "/dbfs": str(self.dbfs)}

    @property
    def hidden(self) -> tuple[str, ...]:
        """What no task has to see: whoever reads it can do everything here."""
        names = ("token", "secret.key", "launcher.key", "git-credentials", "tls")
        kind, _, database = self.database_url.partition(":///")
        files = tuple(f"{database}{end}" for end in ("", "-wal", "-shm")) if kind == "sqlite" and database else ()
        return (*(str(self.home / name) for name in names), *files)

    @property
    def trust_file(self) -> Path:
        """The authorities that clients on this machine trust, written by a server that speaks https."""
        return self.home / "trust.pem"

    @property
    def attempts(self) -> Path:
        """One folder for each attempt: its work, its logs, its outputs."""
        return self.home / "attempts"

    @property
    def statements(self) -> Path:
        """Results of SQL statements, for as long as they are kept."""
        return self.home / "statements"

    @property
    def sessions(self) -> Path:
        """As `attempts`, for shells that keep their state between commands; a server begins with none."""
        return self.home / "sessions"

    @property
    def environments(self) -> Path:
        """Installed packages, one folder for each set of requirements."""
        return self.home / "environments"

    @property
    def checkouts(self) -> Path:
        """The checkouts of Git sources."""
        return self.home / "git"


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        InvalidParameterValue: a variable has a value that is not allowed; the text names it.
    """
    env = os.environ if environ is None else environ
    home = Path(env.get("BRICKYARD_HOME") or Path.home() / ".brickyard").expanduser().absolute()
    return Settings(
        home=home,
        database_url=env.get("BRICKYARD_DATABASE_URL") or f"sqlite:///{home / 'brickyard.db'}",
        max_running_attempts=_positive(env, "BRICKYARD_MAX_RUNNING_ATTEMPTS", 64),
        idle_workers=_positive(env, "BRICKYARD_IDLE_WORKERS", 4),
        max_engines=_positive(env, "BRICKYARD_MAX_ENGINES", 8),
        tls_cert=_path(env, "BRICKYARD_TLS_CERT"),
        tls_key=_path(env, "BRICKYARD_TLS_KEY"),
        allow_hosts=_list(env, "BRICKYARD_ALLOW_HOSTS"),
        proxies=_list(env, "BRICKYARD_PROXIES"),
        max_starts_per_second=_positive(env, "BRICKYARD_MAX_STARTS_PER_SECOND", 100),
        audit_days=_positive(env, "BRICKYARD_AUDIT_DAYS", 365),
        real_paths=_switch(env, "BRICKYARD_REAL_PATHS", default=True),
    )


def _path(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name)
    return Path(text).expanduser() if text else None


def _list(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())


def _switch(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name)
    if not text:
        return default
    if text not in {"on", "off"}:
        raise InvalidParameterValue(f"{name} is {text!r}; it must be on or off.")
    return text == "on"


def _positive(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not text.isdigit() or int(text) == 0:
        raise InvalidParameterValue(f"{name} is {text!r}; it must be a whole number above 0.")
    return int(text)
