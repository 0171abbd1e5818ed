"""Joins the parts. The only place that knows every room: it builds the real ones and hands them to each other."""

from __future__ import annotations

import os
from dataclasses import dataclass

from fastapi import FastAPI

from brickyard.access import tokens
from brickyard.clock import SystemClock, SystemIds
from brickyard.compute.checkouts import GitCheckouts
from brickyard.compute.clusters import SailClusters
from brickyard.compute.environments import PipEnvironments
from brickyard.compute.launcher import Launcher
from brickyard.compute.workers import LocalWorkers
from brickyard.engine.access.audit import AuditWriter
from brickyard.engine.access.founding import found
from brickyard.engine.access.gate import Gate
from brickyard.engine.engine import Engine
from brickyard.engine.folders import paths_of
from brickyard.engine.sink import EngineSink
from brickyard.engine.sql_part import SqlPart
from brickyard.home import Home
from brickyard.ports import Store
from brickyard.records import TokenInfo
from brickyard.settings import Settings
from brickyard.storage.store import open_store
from brickyard.surfaces.api.app import Services, create_app


@dataclass(slots=True)
class Brickyard:
    """A whole installation in one process. `start` before the API is served; `stop` may be called twice."""

    settings: Settings
    store: Store
    launcher: Launcher
    full_launcher: Launcher
    workers: LocalWorkers
    clusters: SailClusters
    environments: PipEnvironments
    engine: Engine
    sql: SqlPart
    audit: AuditWriter
    app: FastAPI
    token: str
    """The token of the installation's own user, as in the file `token` of the home."""

    def start(self) -> None:
        """Start compute before the engine: it may have to take over work of an earlier server."""
        self.audit.start()
        self.launcher.start()
        self.full_launcher.start()
        self.workers.start_service()
        self.clusters.start()
        self.engine.start()
        self.sql.start()

    def stop(self) -> None:
        """Stop taking work. Attempts that are running go on; the next server of this home takes them over.

        The workers' line is cut before the engine stops: what they ask meanwhile they ask the next server again.
        Sessions end with the server.
        """
        self.engine.sessions.stop()
        self.workers.stop_service()
        self.environments.stop()
        self.sql.stop()
        self.engine.stop()
        self.clusters.stop()
        for launcher in (self.full_launcher, self.launcher):
            launcher.stop(leave_running=self.workers.running > 0)
        self.audit.stop()
        self.store.close()


def build(settings: Settings, url: str) -> Brickyard:
    """Build all parts for a server that is reached at `url`. Nothing is started.

    Raises:
        Unavailable: the database cannot be opened; the text says why.
    """
    clock = SystemClock()
    ids = SystemIds(clock)
    home = Home(settings.home)
    home.prepare()
    store = open_store(settings.database_url, key_file=home.secret_key, clock=clock)
    workspace_id = int(store.meta("workspace_id", lambda: str(ids.next_id())))
    launcher = Launcher(settings, clock, ids)
    full_launcher = Launcher(settings, clock, ids, tier="full")
    sink = EngineSink()
    environments = PipEnvironments(settings.environments, os.environ, clock, paths=paths_of(settings))
    workers = LocalWorkers(settings, sink, clock, ids, launcher, full=full_launcher, shadows=environments.shadows)
    clusters = SailClusters(settings, store.clusters, clock, ids, launcher)
    checkouts = GitCheckouts(settings.checkouts, clock)
    audit = AuditWriter(store.audit, clock, keep_days=settings.audit_days)
    engine = Engine(
        store=store,
        workers=workers,
        clusters=clusters,
        environments=environments,
        checkouts=checkouts,
        observers=(),
        clock=clock,
        ids=ids,
        settings=settings,
        sink=sink,
        workspace_url=url,
        witness=audit.add,
    )

    def health() -> None:
        store.check()
        engine.check()
        sql.check()
        home.check_space()

    sql = SqlPart(store=store, clusters=clusters, sessions=engine.sessions, clock=clock, ids=ids, settings=settings)
    sql.found(home.user_name)
    services = Services(
        commands=engine.commands,
        store=store,
        gate=Gate(store),
        checkouts=checkouts,
        statements=sql.statements,
        warehouses=sql.warehouses,
        all_purpose=engine.all_purpose,
        sessions=engine.sessions,
        settings=settings,
        clock=clock,
        ids=ids,
        workspace_id=workspace_id,
        url=url,
        health=health,
        hosts=settings.allow_hosts,
        witness=audit.add,
    )
    token = _own_token(home, store, clock, ids)
    return Brickyard(
        settings=settings,
        store=store,
        launcher=launcher,
        full_launcher=full_launcher,
        workers=workers,
        clusters=clusters,
        environments=environments,
        engine=engine,
        sql=sql,
        audit=audit,
        app=create_app(services),
        token=token,
    )


def _own_token(home: Home, store: Store, clock: SystemClock, ids: SystemIds) -> str:
    """The token by which the commands on this machine reach the server; made at the first start."""
    found(store.principals, home.user_name, clock, ids)
    token = home.read_token() or home.write_token(tokens.new(ids.token))
    digest = tokens.digest(token)
    if store.tokens.find(digest) is None:
        info = TokenInfo(
            token_id=ids.token(16),
            user_name=home.user_name,
            comment="this machine",
            created_ms=clock.now_ms(),
            expires_ms=0,
        )
        store.tokens.add(info, digest)
    return token
