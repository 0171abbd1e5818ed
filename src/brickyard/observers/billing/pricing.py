"""What an interval of compute costs, and how the cost of one cluster is divided among the tasks that used it.

The unit is the DBU, a normalised hour of processing; its price depends on the product (SKU). The prices are
**examples**: figures for the US and the Premium tier as public pages gave them, without the cloud's own charge for
machines. They change over time and differ by contract; they serve to compare runs with each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from brickyard.errors import InvalidParameterValue

HOUR_MS: Final = 3_600_000
QUANTUM: Final = Decimal("0.000000001")
"""The smallest amount of DBU and of USD that is counted; every amount is a whole number of these, so sums are exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one DBU of a product costs from a day on."""

    sku: str
    usd_per_dbu: Decimal
    from_ms: int
    """Epoch milliseconds."""
    source: str


_JANUARY_2024: Final = 1_704_067_200_000

PRICES: Final = (
    Price(
        sku="JOBS_COMPUTE",
        usd_per_dbu=Decimal("0.15"),
        from_ms=_JANUARY_2024,
        source="example: job clusters, Premium tier, US, as published in 2024",
    ),
    Price(
        sku="ALL_PURPOSE",
        usd_per_dbu=Decimal("0.55"),
        from_ms=_JANUARY_2024,
        source="example: all-purpose clusters, Premium tier, US, as published in 2024",
    ),
    Price(
        sku="JOBS_SERVERLESS",
        usd_per_dbu=Decimal("0.35"),
        from_ms=_JANUARY_2024,
        source="example: serverless jobs, Premium tier, US, as published in 2024; machines included",
    ),
)
"""The table of prices. A change of a price is one more row; old usage keeps its price."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Compute that was up from one time to another (epoch ms; the end is the present for what is still up)."""

    sku: str
    dbu_per_hour: Decimal
    started_ms: int
    ended_ms: int

    def __post_init__(self) -> None:
        if self.ended_ms < self.started_ms:
            raise ValueError(f"the interval ends at {self.ended_ms}, before its start at {self.started_ms}")


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount of DBU and its price in USD."""

    dbu: Decimal = Decimal(0)
    usd: Decimal = Decimal(0)

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.dbu + other.dbu, self.usd + other.usd)


@dataclass(frozen=True, slots=True)
class Share:
    """One use of a cluster by a task (epoch ms). A task that was retried has several."""

    task_key: str
    started_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The cost of one cluster, divided. `idle` and all of `by_task` give exactly `total`."""

    by_task: Mapping[str, Cost]
    """In the order in which the tasks were given."""
    idle: Cost
    """While no task ran: start, waiting, end."""
    total: Cost


def price(sku: str, at_ms: int, prices: Sequence[Price] = PRICES) -> Price:
    """The price of a product at a time: the row that began last; before all rows, the first.

    Raises:
        InvalidParameterValue: there is no such product.
    """
    rows = sorted((row for row in prices if row.sku == sku), key=lambda row: row.from_ms)
    if not rows:
        known = ", ".join(sorted({row.sku for row in prices}))
        raise InvalidParameterValue(f"sku is {sku!r}; allowed are {known}.")
    begun = [row for row in rows if row.from_ms <= at_ms]
    return begun[-1] if begun else rows[0]


def cost(interval: Interval, prices: Sequence[Price] = PRICES) -> Cost:
    """What an interval costs, at the price that held when it began.

    Raises:
        InvalidParameterValue: its product has no price.
    """
    per_dbu = price(interval.sku, interval.started_ms, prices).usd_per_dbu
    exact = interval.dbu_per_hour * (interval.ended_ms - interval.started_ms) / HOUR_MS
    dbu = exact.quantize(QUANTUM, ROUND_HALF_EVEN)
    return Cost(dbu, (dbu * per_dbu).quantize(QUANTUM, ROUND_HALF_EVEN))


def split(interval: Interval, shares: Iterable[Share], prices: Sequence[Price] = PRICES) -> Split:
    """Divide the cost of a cluster among its tasks by their running time.

    While several tasks run at once each bears an equal part of that time; the time in which none runs is idle. What
    lies outside the interval does not count.

    Raises:
        InvalidParameterValue: the interval's product has no price.
    """
    total = cost(interval, prices)
    weights = _weights(interval, tuple(shares))
    keys = list(weights)
    dbus = _divide(total.dbu, list(weights.values()))
    usds = _divide(total.usd, list(weights.values()))
    costs = {key: Cost(dbu, usd) for key, dbu, usd in zip(keys, dbus, usds, strict=True)}
    idle = costs.pop(None)
    return Split(by_task={key: value for key, value in costs.items() if key is not None}, idle=idle, total=total)


def _weights(interval: Interval, shares: Sequence[Share]) -> dict[str | None, Fraction]:
    """Milliseconds by task, idle time under None. The sum is the interval's length."""
    uses = [
        (share.task_key, max(share.started_ms, interval.started_ms), min(share.ended_ms, interval.ended_ms))
        for share in shares
    ]
    change: dict[int, int] = {interval.started_ms: 0, interval.ended_ms: 0}
    for _, start, end in uses:
        if start < end:
            change[start] = change.get(start, 0) + 1
            change[end] = change.get(end, 0) - 1
    # `paid` is what a task that runs all the time would have been charged up to each moment.
    paid = {interval.started_ms: Fraction(0)}
    running, idle = 0, 0
    for before, after in pairwise(sorted(change)):
        running += change[before]
        idle += 0 if running else after - before
        paid[after] = paid[before] + (Fraction(after - before, running) if running else 0)
    weights: dict[str | None, Fraction] = {key: Fraction(0) for key, _, _ in uses}
    for key, start, end in uses:
        if start < end:
            weights[key] += paid[end] - paid[start]
    return {**weights, None: Fraction(idle)}


def _divide(amount: Decimal, weights: Sequence[Fraction]) -> list[Decimal]:
    """Whole quanta in proportion to the weights, with the given sum: the largest remainders get what is left."""
    quanta = int(amount / QUANTUM)
    whole = sum(weights)
    if not whole:
        return [Decimal(0)] * (len(weights) - 1) + [amount]
    exact = [quanta * weight / whole for weight in weights]
    parts = [int(value) for value in exact]
    by_remainder = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in by_remainder[: quanta - sum(parts)]:
        parts[index] += 1
    return [part * QUANTUM for part in parts]
