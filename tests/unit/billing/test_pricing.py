"""What compute costs, and who bears it. All sums are exact."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brickyard.errors import InvalidParameterValue
from brickyard.observers.billing.pricing import (
    HOUR_MS,
    PRICES,
    QUANTUM,
    Cost,
    Interval,
    Price,
    Share,
    cost,
    price,
    split,
)

START = 1_795_392_000_000
MINUTE = 60_000


def interval(hours: float = 1, dbu: str = "3", sku: str = "JOBS_COMPUTE", start: int = START) -> Interval:
    return Interval(sku=sku, dbu_per_hour=Decimal(dbu), started_ms=start, ended_ms=start + int(hours * HOUR_MS))


def share(key: str, start_minute: int, end_minute: int) -> Share:
    return Share(key, START + start_minute * MINUTE, START + end_minute * MINUTE)


# -------------------------------------------------------------------------------------------------------- price


@pytest.mark.parametrize(
    ("sku", "usd"), [("JOBS_COMPUTE", "0.15"), ("ALL_PURPOSE", "0.55"), ("JOBS_SERVERLESS", "0.35")]
)
def test_the_example_prices(sku: str, usd: str) -> None:
    row = price(sku, START)
    assert row.usd_per_dbu == Decimal(usd)
    assert row.source.startswith("example: ")


def test_an_unknown_product() -> None:
    with pytest.raises(
        InvalidParameterValue, match=r"^sku is 'X'; allowed are ALL_PURPOSE, JOBS_COMPUTE, JOBS_SERVERLESS"
    ):
        price("X", START)


def test_a_new_price_does_not_change_old_usage() -> None:
    later = Price(sku="JOBS_COMPUTE", usd_per_dbu=Decimal("0.20"), from_ms=START, source="new")
    prices = (later, *PRICES)
    assert price("JOBS_COMPUTE", START - 1, prices).usd_per_dbu == Decimal("0.15")
    assert price("JOBS_COMPUTE", START, prices).usd_per_dbu == Decimal("0.20")


def test_usage_before_all_prices_has_the_first() -> None:
    assert price("JOBS_COMPUTE", 0).usd_per_dbu == Decimal("0.15")


# --------------------------------------------------------------------------------------------------------- cost


def test_an_hour_of_three_dbu() -> None:
    assert cost(interval()) == Cost(Decimal(3), Decimal("0.45"))


def test_all_purpose_costs_more_for_the_same_work() -> None:
    assert cost(interval(sku="ALL_PURPOSE")).usd == Decimal("1.65")


def test_a_millisecond_is_not_free() -> None:
    tiny = Interval(sku="JOBS_COMPUTE", dbu_per_hour=Decimal(1), started_ms=0, ended_ms=1)
    assert cost(tiny) == Cost(Decimal("0.000000278"), Decimal("0.000000042"))


def test_no_time_costs_nothing() -> None:
    assert cost(interval(hours=0)) == Cost()


def test_an_interval_cannot_end_before_it_began() -> None:
    with pytest.raises(ValueError, match="before its start"):
        interval(hours=-1)


def test_costs_add_up() -> None:
    assert Cost(Decimal(1), Decimal(2)) + Cost(Decimal(3), Decimal(4)) == Cost(Decimal(4), Decimal(6))


# -------------------------------------------------------------------------------------------------------- split


def dbus(parts: dict[str, Cost]) -> dict[str, Decimal]:
    return {key: part.dbu for key, part in parts.items()}


def test_tasks_one_after_the_other() -> None:
    parts = split(interval(), [share("a", 10, 30), share("b", 30, 60)])
    assert dbus(dict(parts.by_task)) == {"a": Decimal(1), "b": Decimal("1.5")}
    assert parts.idle == Cost(Decimal("0.5"), Decimal("0.075"))


def test_tasks_at_the_same_time_share_equally() -> None:
    parts = split(interval(), [share("a", 0, 60), share("b", 0, 60), share("c", 0, 60)])
    assert dbus(dict(parts.by_task)) == {"a": Decimal(1), "b": Decimal(1), "c": Decimal(1)}
    assert parts.idle == Cost()


def test_tasks_that_overlap() -> None:
    parts = split(interval(), [share("a", 0, 40), share("b", 20, 60)])
    assert dbus(dict(parts.by_task)) == {"a": Decimal("1.5"), "b": Decimal("1.5")}


def test_a_retried_task_bears_all_its_attempts() -> None:
    parts = split(interval(), [share("a", 0, 20), share("b", 20, 40), share("a", 40, 60)])
    assert dbus(dict(parts.by_task)) == {"a": Decimal(2), "b": Decimal(1)}


def test_a_cluster_that_nobody_used_is_idle() -> None:
    parts = split(interval(), [])
    assert (parts.by_task, parts.idle) == ({}, parts.total)


def test_a_gap_between_tasks_is_idle() -> None:
    parts = split(interval(), [share("a", 0, 20), share("b", 40, 60)])
    assert parts.idle.dbu == Decimal(1)


def test_use_outside_the_interval_does_not_count() -> None:
    parts = split(interval(), [share("a", -60, 30), share("b", 90, 120), share("c", 59, 80), share("d", 20, 10)])
    assert dbus(dict(parts.by_task)) == {"a": Decimal("1.5"), "b": Decimal(0), "c": Decimal("0.05"), "d": Decimal(0)}


def test_an_instant_of_compute_has_only_zeros() -> None:
    parts = split(interval(hours=0), [share("a", 0, 10)])
    assert (parts.by_task, parts.idle, parts.total) == ({"a": Cost()}, Cost(), Cost())


def test_tasks_are_listed_in_the_given_order() -> None:
    assert list(split(interval(), [share("z", 0, 1), share("a", 1, 2)]).by_task) == ["z", "a"]


SHARES = st.lists(
    st.builds(
        lambda key, start, length: Share(key, START + start, START + start + length),
        st.sampled_from("abcd"),
        st.integers(-1000, 200_000),
        st.integers(0, 200_000),
    ),
    max_size=8,
)
INTERVALS = st.builds(
    lambda length, dbu, sku: Interval(sku=sku, dbu_per_hour=dbu, started_ms=START, ended_ms=START + length),
    st.integers(0, 300_000),
    st.decimals(Decimal("0.01"), Decimal(1000), places=2),
    st.sampled_from([row.sku for row in PRICES]),
)


@given(INTERVALS, SHARES)
def test_the_parts_give_exactly_the_whole(whole: Interval, shares: list[Share]) -> None:
    parts = split(whole, shares)
    assert sum(parts.by_task.values(), parts.idle) == parts.total == cost(whole)


@given(INTERVALS, SHARES)
def test_no_part_is_negative_or_finer_than_the_quantum(whole: Interval, shares: list[Share]) -> None:
    parts = split(whole, shares)
    for part in (*parts.by_task.values(), parts.idle):
        for amount in (part.dbu, part.usd):
            assert amount >= 0
            assert amount == amount.quantize(QUANTUM)


@given(INTERVALS, SHARES)
def test_dividing_twice_gives_the_same(whole: Interval, shares: list[Share]) -> None:
    assert split(whole, shares) == split(whole, shares)


def test_a_thousand_tasks_at_once_are_divided_at_once() -> None:
    shares = [Share(f"t{n}", START + n, START + 2_000_000 + 7 * n) for n in range(1000)]
    began = time.process_time()
    parts = split(interval(), shares)
    assert time.process_time() - began < 2
    assert sum(parts.by_task.values(), parts.idle) == parts.total
