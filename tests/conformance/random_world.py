"""Random operations that a server could ask of its store, each as a call that any store can be given."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from brickyard.records import Commit, RepairFacts, RunFilter, TokenInfo
from brickyard.runs import endings
from brickyard.runs.decide import decide
from brickyard.runs.effects import Effect, EndClusters, StartAttempt
from brickyard.runs.events import (
    AttemptEnded,
    AttemptStarted,
    CancelRequested,
    Event,
    LoopBegan,
    RepairRequested,
    RetryDue,
    RunCreated,
    RunQueued,
    TimeoutDue,
)
from brickyard.runs.model import Attempt, Kind, Run, TaskPlan
from brickyard.runs.states import LifeCycle, RunType
from brickyard.storage.store import SqlStore
from brickyard.workloads.messages import Outcome, SchemaEntry, TableEntry, TableName
from tests.conformance.samples import new_cluster, new_id, new_job, new_run, plan_of, plan_of_all_kinds, record_of

Call = Callable[[SqlStore], Any]
Step = tuple[Call, Callable[[], None] | None]
NAMES = ("a", "b", "B", "ä", "_x")
WEIGHTS = {
    "runs commit": 40,
    "runs create": 8,
    "runs delete": 4,
    "metastore put": 5,
    "metastore drop_catalog": 1,
    "secrets create_scope": 5,
    "secrets put": 10,
    "secrets delete": 8,
    "secrets delete_scope": 1,
}


class World:
    """What the operations so far have made: enough to ask for things that exist, and for some that do not."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.runs: dict[int, Run] = {}
        self.jobs: list[int] = [1]
        self.effects: list[tuple[int, Effect]] = []

    def choose(self, operations: Iterable[str]) -> str:
        names = sorted(operations)
        return self.chance.choices(names, [WEIGHTS.get(name, 2) for name in names])[0]

    def name(self) -> str:
        return self.chance.choice(NAMES)

    def number(self, most: int = 4) -> int:
        return self.chance.randrange(most)

    def run_id(self) -> int:
        return self.chance.choice([*self.runs, 1])

    def job_id(self) -> int:
        return self.chance.choice(self.jobs)

    def attempt_id(self) -> int:
        run = self.runs.get(self.run_id())
        return self.chance.choice(run.attempts).attempt_id if run and run.attempts else 1

    def table(self) -> TableName:
        catalog, schema = self.chance.choice(["main", "A"]), self.chance.choice(["default", "s", "S2"])
        return TableName(catalog=catalog, schema=schema, name=self.name())


# ---------------------------------------------------------------------------------------------------------- runs


def create_run(world: World) -> Step:
    plan = plan_of(a=[], b=["a"], c=["a", "b"]) | plan_of_all_kinds(width=1 + world.number(3))
    plan["a"] = TaskPlan(key="a", max_retries=world.number(3), min_retry_interval_ms=world.number(2) * 50, timeout_ms=9)
    kind = world.chance.choice(list(RunType))
    run = new_run(plan, job_id=world.number(), run_type=kind, created_ms=world.number(50) + 1)
    event = RunCreated() if world.number(2) else RunQueued("wait")
    decision = decide(run, event, 60 + world.number(50), new_id)
    token = world.chance.choice([None, None, f"token {world.number(12)}"])
    record = record_of(run, idempotency_token=token)

    def keep() -> None:
        world.runs[run.run_id] = decision.run
        world.effects += [(run.run_id, effect) for effect in decision.effects]

    return lambda store: store.runs.create(record, decision, 60), keep


def _event(world: World, run: Run) -> Event:
    if run.life_cycle is LifeCycle.QUEUED:
        return RunCreated()
    if run.life_cycle.is_terminal:
        keys = frozenset(world.chance.sample(sorted(run.plan), 2))
        return RepairRequested(repair_id=new_id(), task_keys=keys, plan=run.plan)
    active = [attempt for attempt in run.attempts if not attempt.is_terminal]
    if world.number(36) == 0:
        return CancelRequested()
    return world.chance.choice(_events_of(world, run, world.chance.choice(active or list(run.attempts))))


def _events_of(world: World, run: Run, attempt: Attempt) -> list[Event]:
    """What may happen to this attempt, and some of what comes too early or too late for it."""
    attempt_id = attempt.attempt_id
    ending = world.chance.choice([endings.succeeded(), endings.succeeded(), endings.failed("é\x1b'")])
    ended = AttemptEnded(attempt_id, ending)
    kind = run.rules(attempt).kind
    if kind is Kind.LOOP:
        loop_events: list[Event] = [LoopBegan(attempt_id, world.number(4), world.number(2) == 0)] * 3
        if world.number(8) == 0:
            loop_events += [TimeoutDue(attempt_id), CancelRequested(attempt_id)]
        return [*loop_events, ended] if attempt.life_cycle is LifeCycle.TERMINATING else loop_events
    if kind is Kind.CONDITION and attempt.life_cycle is LifeCycle.PENDING:
        return [AttemptEnded(attempt_id, replace(endings.succeeded(), outcome=world.chance.choice(["true", "false"])))]
    events: list[Event] = [AttemptStarted(attempt_id), AttemptStarted(attempt_id), RetryDue(attempt_id)]
    if attempt.life_cycle in {LifeCycle.RUNNING, LifeCycle.TERMINATING}:
        events += [ended, ended, ended, ended, TimeoutDue(attempt_id), CancelRequested(attempt_id)]
    return events


def _commit(world: World, run: Run) -> Commit:
    event = _event(world, run)
    now = 200 + world.number(1000)
    decision = decide(run, event, now, new_id)
    outcome = None
    if isinstance(event, AttemptEnded) and decision.changed:
        outcome = (event.attempt_id, Outcome(status="success", error="é\x00"))
    repair = None
    if isinstance(event, RepairRequested):
        repair = RepairFacts(number=len(decision.run.repairs), settings={"name": "mended"}, parameters={"n": "1"})
    return Commit(before=run, decision=decision, at_ms=now, outcome=outcome, repair=repair)


def commit(world: World) -> Step:
    """Up to three runs; of one of them often several steps, sometimes from a state that is not the stored one."""
    chosen = world.chance.sample(sorted(world.runs), min(len(world.runs), 1 + world.number(3)))
    commits = [_commit(world, world.runs[run_id]) for run_id in chosen]
    run = commits[0].decision.run if commits else None
    while run is not None and world.number(3):
        commits.append(_commit(world, run))
        run = commits[-1].decision.run
    if commits and world.number(12) == 0:
        wrong = LifeCycle.QUEUED if commits[-1].before.life_cycle is LifeCycle.RUNNING else LifeCycle.RUNNING
        commits[-1] = replace(commits[-1], before=replace(commits[-1].before, life_cycle=wrong))

    def keep() -> None:
        for each in commits:
            world.runs[each.before.run_id] = each.decision.run
            world.effects += [(each.before.run_id, effect) for effect in each.decision.effects]

    return lambda store: store.runs.commit(commits), keep


def delete_run(world: World) -> Step:
    run_id = world.run_id()

    def forget() -> None:
        world.runs.pop(run_id, None)

    return lambda store: store.runs.delete(run_id), forget


def find_runs(world: World) -> Step:
    pick = world.chance.choice
    where = RunFilter(
        job_id=pick([None, 1, 2]),
        active_only=pick([False, True]),
        completed_only=pick([False, False, True]),
        run_type=pick([None, "JOB_RUN", "x"]),
        start_from_ms=pick([None, 60, 300]),
        start_to_ms=pick([None, 80, 900]),
    )
    offset, limit = world.number(3), world.number(20)
    return lambda store: list(store.runs.find(where, offset=offset, limit=limit)), None


def perform(world: World) -> Step:
    run_id, effect = world.chance.choice(world.effects or [(1, EndClusters())])
    return lambda store: store.runs.performed(run_id, [effect, StartAttempt(1)]), None


def save_resolved(world: World) -> Step:
    attempt_id = world.chance.choice([found.attempt_id for run in world.runs.values() for found in run.attempts] or [0])
    values = {"x": world.number()}
    return lambda store: store.runs.save_resolved(attempt_id, values) if attempt_id else None, None


# --------------------------------------------------------------------------------------------------- other stores


def create_job(world: World) -> Step:
    job = new_job(world.name(), created_ms=world.number())
    return lambda store: store.jobs.create(job), lambda: world.jobs.append(job.job_id)


def replace_job(world: World) -> Step:
    job_id, settings = world.job_id(), {"name": world.name(), "tags": {"ä": None}}
    return lambda store: store.jobs.replace(job_id, settings, by="me", at_ms=5), None


def find_jobs(world: World) -> Step:
    name = world.chance.choice([None, world.name()])
    return lambda store: list(store.jobs.find(name=name, offset=0, limit=10)), None


def add_token(world: World) -> Step:
    name, digest = f"t{world.number(30)}", f"d{world.number(30)}"
    info = TokenInfo(token_id=name, user_name=world.name(), comment="", created_ms=world.number(), expires_ms=0)
    return lambda store: store.tokens.add(info, digest), None


def put_table(world: World) -> Step:
    entry = TableEntry(table=world.table(), kind="VIEW" if world.number(2) else "MANAGED", comment=str(world.number()))
    mode = world.chance.choice(["create", "create_if_absent", "replace"])
    return lambda store: store.metastore.put(entry, mode=mode), None


def create_schema(world: World) -> Step:
    table, if_absent = world.table(), world.number(2) == 0
    entry = SchemaEntry(catalog=table.catalog, name=table.schema, location=str(world.number()))
    return lambda store: store.metastore.create_schema(entry, if_absent=if_absent), None


def drop_schema(world: World) -> Step:
    table, cascade = world.table(), world.number(2) == 0
    return lambda store: store.metastore.drop_schema(table.catalog, table.schema, cascade=cascade), None


def create_catalog(world: World) -> Step:
    name, if_absent = world.table().catalog, world.number(2) == 0
    return lambda store: store.metastore.create_catalog(name, if_absent=if_absent), None


def drop_catalog(world: World) -> Step:
    cascade = world.number(3) == 0
    return lambda store: store.metastore.drop_catalog("A", cascade=cascade), None


def lookup(world: World) -> Step:
    names = [world.table() for _ in range(3)]
    return lambda store: list(store.metastore.lookup(names)), None


def save_cluster(world: World) -> Step:
    state = world.chance.choice(["PENDING", "RUNNING", "TERMINATED"])
    ended = 9 if state == "TERMINATED" else 0
    cluster = new_cluster(world.name(), state=state, ended_ms=ended, run_id=world.number(), tags={"a": "ä"})
    return lambda store: store.clusters.save(cluster), None


def _simple(ask: Callable[[SqlStore, Any], Any], draw: Callable[[World], Any]) -> Callable[[World], Step]:
    """An operation of one line: `draw` chooses its arguments once, `ask` asks each store the same."""

    def operation(world: World) -> Step:
        drawn = draw(world)
        return lambda store: ask(store, drawn), None

    return operation


def _two_names(world: World) -> tuple[str, str]:
    return world.name(), world.name()


def _secret(world: World) -> tuple[str, str]:
    return world.chance.choice(["a", "b", "b c"]), world.chance.choice(["a", "B"])


def _scope(world: World) -> str:
    return _secret(world)[0]


def _value_place(world: World) -> tuple[int, str, str]:
    return world.run_id(), world.name(), world.name()


OPERATIONS: dict[str, Callable[[World], Step]] = {
    "runs create": create_run,
    "runs commit": commit,
    "runs delete": delete_run,
    "runs find": find_runs,
    "runs performed": perform,
    "runs save_resolved": save_resolved,
    "runs load": _simple(lambda store, run: store.runs.load(run), World.run_id),
    "runs record": _simple(lambda store, run: store.runs.record(run), World.run_id),
    "runs history": _simple(lambda store, run: list(store.runs.history(run)), World.run_id),
    "runs run_of_attempt": _simple(lambda store, attempt: store.runs.run_of_attempt(attempt), World.attempt_id),
    "runs outcome": _simple(lambda store, attempt: store.runs.outcome(attempt), World.attempt_id),
    "runs resolved": _simple(lambda store, attempt: store.runs.resolved(attempt), World.attempt_id),
    "runs by_token": _simple(lambda store, n: store.runs.by_token(f"token {n}"), lambda world: world.number(12)),
    "runs active": _simple(lambda store, _: list(store.runs.active()), World.number),
    "runs count_active": _simple(lambda store, job: store.runs.count_active(job), World.number),
    "runs pending_effects": _simple(
        lambda store, _: [(each.run_id, each.effect) for each in store.runs.pending_effects()], World.number
    ),
    "jobs create": create_job,
    "jobs replace": replace_job,
    "jobs find": find_jobs,
    "jobs get": _simple(lambda store, job: store.jobs.get(job), World.job_id),
    "jobs delete": _simple(lambda store, job: store.jobs.delete(job), World.job_id),
    "task_values set": _simple(
        lambda store, place: store.task_values.set(place[0], place[1], place[2], '"é"'), _value_place
    ),
    "task_values get": _simple(lambda store, place: store.task_values.get(*place), _value_place),
    "task_values all": _simple(lambda store, run: dict(store.task_values.all(run)), World.run_id),
    "secrets create_scope": _simple(lambda store, name: store.secrets.create_scope(name), _scope),
    "secrets delete_scope": _simple(lambda store, name: store.secrets.delete_scope(name), _scope),
    "secrets scopes": _simple(lambda store, _: list(store.secrets.scopes()), World.name),
    "secrets put": _simple(lambda store, names: store.secrets.put(names[0], names[1], b"\x00\xff", 5), _secret),
    "secrets get": _simple(lambda store, names: store.secrets.get(*names), _secret),
    "secrets delete": _simple(lambda store, names: store.secrets.delete(*names), _secret),
    "secrets keys": _simple(lambda store, name: list(store.secrets.keys(name)), _scope),
    "tokens add": add_token,
    "tokens find": _simple(lambda store, n: store.tokens.find(f"d{n}"), lambda world: world.number(30)),
    "tokens all": _simple(lambda store, name: list(store.tokens.all(name)), World.name),
    "tokens delete": _simple(lambda store, n: store.tokens.delete(f"t{n}"), lambda world: world.number(30)),
    "metastore catalogs": _simple(lambda store, _: list(store.metastore.catalogs()), World.name),
    "metastore create_catalog": create_catalog,
    "metastore drop_catalog": drop_catalog,
    "metastore schemas": _simple(lambda store, name: list(store.metastore.schemas(name.catalog)), World.table),
    "metastore create_schema": create_schema,
    "metastore drop_schema": drop_schema,
    "metastore tables": _simple(
        lambda store, name: list(store.metastore.tables(name.catalog, name.schema)), World.table
    ),
    "metastore lookup": lookup,
    "metastore put": put_table,
    "metastore drop": _simple(lambda store, name: store.metastore.drop(name), World.table),
    "clusters save": save_cluster,
    "clusters event": _simple(lambda store, name: store.clusters.event(name, 5, "K", {"a": "ä"}), World.name),
    "clusters get": _simple(lambda store, name: store.clusters.get(name), World.name),
    "clusters of_run": _simple(lambda store, run: list(store.clusters.of_run(run)), World.number),
    "clusters alive": _simple(lambda store, _: list(store.clusters.alive()), World.name),
    "clusters events": _simple(lambda store, name: list(store.clusters.events(name)), World.name),
    "meta": _simple(lambda store, names: store.meta(f"of {names[0]}", lambda: names[1]), _two_names),
}
