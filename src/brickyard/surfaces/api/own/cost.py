"""What a run would have cost at list prices: its clusters, and each task's share of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from brickyard.jobs import nodes
from brickyard.observers.billing.pricing import Cost, Interval, Share, Split, split
from brickyard.records import ClusterRecord
from brickyard.runs.model import Attempt, Run
from brickyard.surfaces.api.wire_facts import Facts
from brickyard.surfaces.api.wire_tasks import SERVERLESS, cluster_key


def of_run(facts: Facts, now_ms: int) -> dict[str, Any]:
    """Totals, clusters and tasks; what still runs is counted up to now."""
    uses = _uses(facts, now_ms)
    splits = [(cluster, _split(cluster, uses.get(cluster.key, ()), now_ms)) for cluster in facts.clusters]
    tasks: dict[str, Cost] = dict.fromkeys(facts.run.plan, Cost())
    for _, part in splits:
        for key, cost in part.by_task.items():
            tasks[key] = tasks.get(key, Cost()) + cost
    return {
        "run_id": facts.run.run_id,
        **_shown(_sum(part.total for _, part in splits)),
        "clusters": [
            {
                "cluster_id": cluster.cluster_id,
                "cluster_name": cluster.name,
                "key": cluster.key,
                "started_ms": cluster.created_ms,
                "ended_ms": cluster.ended_ms,
                **_shown(part.total),
            }
            for cluster, part in splits
        ],
        "tasks": [{"task_key": key, **_shown(cost)} for key, cost in tasks.items()],
        "idle": _shown(_sum(part.idle for _, part in splits)),
    }


def _uses(facts: Facts, now_ms: int) -> dict[str, list[Share]]:
    """By cluster key: which tasks used it, from when to when."""
    uses: dict[str, list[Share]] = {}
    for attempt in facts.run.attempts:
        key = cluster_key(attempt, facts.task(attempt)) if attempt.started_ms else ""
        if key:
            share = Share(_task_key(facts.run, attempt), attempt.started_ms, attempt.ended_ms or now_ms)
            uses.setdefault(key, []).append(share)
    return uses


def _task_key(run: Run, attempt: Attempt) -> str:
    """The task that pays: of an iteration its loop."""
    loop = run.attempt(attempt.loop_id) if attempt.loop_id else None
    return loop.task_key if loop else attempt.task_key


def _split(cluster: ClusterRecord, uses: Iterable[Share], now_ms: int) -> Split:
    size = nodes.size(cluster.spec) if cluster.spec else nodes.SERVERLESS
    interval = Interval(
        sku="JOBS_SERVERLESS" if cluster.key == SERVERLESS else "JOBS_COMPUTE",
        dbu_per_hour=size.dbu_per_hour,
        started_ms=cluster.created_ms,
        ended_ms=max(cluster.ended_ms or now_ms, cluster.created_ms),
    )
    return split(interval, uses)


def _sum(costs: Iterable[Cost]) -> Cost:
    total = Cost()
    for cost in costs:
        total += cost
    return total


def _shown(cost: Cost) -> dict[str, float]:
    """As numbers of JSON: nine decimals, of which a double holds every one at these sizes."""
    return {"dbu": float(cost.dbu), "usd": float(cost.usd)}
