"""A series is a tuple that is cheap to change and finds its items by id."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest

from brickyard.runs.series import Series


@dataclass(frozen=True)
class Item:
    attempt_id: int
    text: str = ""


def items(count: int, first: int = 1) -> list[Item]:
    return [Item(number) for number in range(first, first + count)]


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 200])
def test_a_series_reads_like_a_tuple(count: int) -> None:
    plain = tuple(items(count))
    series = Series(plain)
    assert len(series) == count
    assert tuple(series) == plain
    assert tuple(reversed(series)) == plain[::-1]
    assert series == plain
    assert series == Series(plain)
    assert hash(series) == hash(plain)
    assert series != (*plain, Item(0))
    assert [series[at] for at in range(-count, count)] == [plain[at] for at in range(-count, count)]
    for part in (slice(None), slice(60, 70), slice(-3, None), slice(5, 2), slice(0, 500, 7), slice(None, None, -1)):
        assert series[part] == plain[part]


def test_a_place_that_a_series_does_not_have_is_an_error() -> None:
    series = Series(items(3))
    for index in (3, -4):
        with pytest.raises(IndexError, match=f"{index} is not in a series of 3"):
            series[index]


def test_items_are_found_by_id() -> None:
    series = Series([Item(7, "a"), Item(7 + 61, "b"), Item(2**53 - 1, "c")])
    assert [series.find(number) for number in (7, 68, 2**53 - 1, 8)] == [*series, None]
    assert [series.position(number) for number in (7, 68, 2**53 - 1, 8)] == [0, 1, 2, None]


def test_the_same_id_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="two attempts have the id 5"):
        Series([Item(5), Item(6), Item(5)])


def test_of_keeps_a_series_as_it_is() -> None:
    series = Series(items(2))
    assert Series.of(series) is series
    assert Series.of(items(2)) == series


def test_a_change_leaves_the_series_before_it_as_it_was() -> None:
    before = Series(items(130))
    after = before.changed({65: Item(65, "changed"), 131: Item(131, "new")})
    assert before == tuple(items(130))
    assert (after.find(65), after[-1], len(after)) == (Item(65, "changed"), Item(131, "new"), 131)
    assert before.find(131) is None


def test_two_changes_of_one_series_know_nothing_of_each_other() -> None:
    before = Series(items(70))
    one, other = before.changed({71: Item(71, "one")}), before.changed({72: Item(72), 71: Item(71, "other")})
    assert (one.find(72), one.find(71)) == (None, Item(71, "one"))
    assert (other.position(72), other.position(71)) == (70, 71)


@pytest.mark.parametrize("seed", range(5))
def test_random_changes_do_what_they_do_to_a_dictionary(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, no secret
    plain: dict[int, Item] = {}
    series: Series[Item] = Series()
    for step in range(200):
        known = chance.sample(list(plain), min(len(plain), chance.randrange(4)))
        new = [chance.randrange(10**9) for _ in range(chance.choice([0, 1, 1, 2, 90]))]
        touched = {number: Item(number, str(step)) for number in [*known, *new]}
        plain.update(touched)
        series = series.changed(touched)
        assert len(series) == len(plain)
    assert tuple(series) == tuple(plain.values())
    assert all(series.find(number) is item for number, item in plain.items())
    assert [series.position(number) for number in plain] == list(range(len(plain)))
    assert repr(series).startswith("Series([Item(")
