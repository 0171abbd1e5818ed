"""A sequence that is cheap to change: what an event does not touch is shared with the sequence before it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol, TypeVar, overload


class Known(Protocol):
    """What a series can hold: it is found by its id."""

    @property
    def attempt_id(self) -> int:
        """Unique in the series."""


T_co = TypeVar("T_co", bound=Known, covariant=True)
T = TypeVar("T", bound=Known)

_CHUNK = 64
_BUCKETS = 61  # a prime: ids that differ by a power of two still spread


class Series(Sequence[T_co]):
    """Items in order of their arrival, found by position or by id. Immutable.

    A change copies one chunk of items and the list of chunks; of 10,000 items that is about 200 pointers.
    """

    __slots__ = ("_buckets", "_chunks", "_length")

    def __init__(self, items: Iterable[T_co] = ()) -> None:
        """Raises ValueError where two items have one id."""
        self._chunks: list[tuple[T_co, ...]] = []
        self._buckets: list[dict[int, int]] = [{} for _ in range(_BUCKETS)]
        self._length = 0
        self._append(list(items))

    @staticmethod
    def of(items: Sequence[T]) -> Series[T]:
        """These items as a series; itself where it is one."""
        return items if isinstance(items, Series) else Series(items)

    # ---------------------------------------------------------------------------------------------- looking

    def find(self, attempt_id: int) -> T_co | None:
        """The item of this id, or None where there is none."""
        position = self.position(attempt_id)
        return None if position is None else self._chunks[position // _CHUNK][position % _CHUNK]

    def position(self, attempt_id: int) -> int | None:
        """Where the item of this id stands, counted from 0; None where there is none."""
        return self._buckets[attempt_id % _BUCKETS].get(attempt_id)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T_co]:
        return chain.from_iterable(self._chunks)

    def __reversed__(self) -> Iterator[T_co]:
        return chain.from_iterable(map(reversed, reversed(self._chunks)))

    @overload
    def __getitem__(self, index: int) -> T_co: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[T_co, ...]: ...

    def __getitem__(self, index: int | slice) -> T_co | tuple[T_co, ...]:
        if isinstance(index, slice):
            return self._part(*index.indices(self._length))
        position = index + self._length if index < 0 else index
        if not 0 <= position < self._length:
            raise IndexError(f"{index} is not in a series of {self._length}")
        return self._chunks[position // _CHUNK][position % _CHUNK]

    def _part(self, start: int, stop: int, step: int) -> tuple[T_co, ...]:
        if step != 1 or start >= stop:
            return tuple(self[position] for position in range(start, stop, step))
        first = start // _CHUNK
        near = tuple(chain.from_iterable(self._chunks[first : (stop - 1) // _CHUNK + 1]))
        return near[start - first * _CHUNK : stop - first * _CHUNK]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Series):
            return self is other or self._chunks == other._chunks
        return isinstance(other, tuple) and tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Series({list(self)!r})"

    # --------------------------------------------------------------------------------------------- changing

    def changed(self, touched: Mapping[int, T]) -> Series[T]:
        """A series in which these items, by id, stand in place of their old ones; new ones stand at the end."""
        after: Series[T] = object.__new__(Series)
        after._chunks = list(self._chunks)  # type: ignore[arg-type]  # every item of this type follows
        after._buckets = list(self._buckets)
        after._length = self._length
        edits: dict[int, list[T]] = {}
        new: list[T] = []
        for item_id, item in touched.items():
            position = self.position(item_id)
            if position is None:
                new.append(item)
                continue
            number = position // _CHUNK
            if number not in edits:
                edits[number] = list(after._chunks[number])
            edits[number][position % _CHUNK] = item
        for number, items in edits.items():
            after._chunks[number] = tuple(items)
        after._append(new)
        return after

    def _append(self, items: list[T_co]) -> None:
        """Put items at the end. Buckets and chunks that others may share are replaced, never changed."""
        if not items:
            return
        own: set[int] = set()
        for position, item in enumerate(items, self._length):
            number = item.attempt_id % _BUCKETS
            if number not in own:
                own.add(number)
                self._buckets[number] = self._buckets[number].copy()
            if self._buckets[number].setdefault(item.attempt_id, position) != position:
                raise ValueError(f"two attempts have the id {item.attempt_id}")
        last = self._chunks.pop() if self._length % _CHUNK else ()
        rest = (*last, *items)
        self._chunks += [rest[at : at + _CHUNK] for at in range(0, len(rest), _CHUNK)]
        self._length += len(items)
