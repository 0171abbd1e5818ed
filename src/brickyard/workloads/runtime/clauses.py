"""Where the clauses of each SELECT of a text stand, found by its tokens, so that text can be edited in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot.tokens import Token, TokenType

from brickyard.workloads.runtime import sql

_ENDS = frozenset({TokenType.UNION, TokenType.INTERSECT, TokenType.SEMICOLON})
_CLAUSES = {
    TokenType.WHERE: "WHERE",
    TokenType.GROUP_BY: "GROUP_BY",
    TokenType.HAVING: "HAVING",
    TokenType.QUALIFY: "QUALIFY",
    TokenType.WINDOW: "WINDOW",
    TokenType.ORDER_BY: "ORDER_BY",
    TokenType.SORT_BY: "SORT_BY",
    TokenType.CLUSTER_BY: "CLUSTER_BY",
    TokenType.DISTRIBUTE_BY: "DISTRIBUTE_BY",
    TokenType.LIMIT: "LIMIT",
    TokenType.OFFSET: "OFFSET",
}
_MARKS = frozenset({TokenType.FROM, *_CLAUSES})


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its text is `text[start:end]`, without its words `text[inner:end]`."""

    kind: str
    start: int
    inner: int
    end: int


@dataclass(frozen=True, slots=True)
class StarExcept:
    """`t.* EXCEPT (a, b)`."""

    start: int
    end: int
    qualifier: str
    """With its dot; empty for `*`."""
    names_start: int
    names_end: int


@dataclass(slots=True)
class Block:
    """One SELECT, up to the end of its last clause."""

    start: int
    depth: int
    distinct: bool
    item_bounds: list[tuple[int, int]] = field(default_factory=list)
    from_start: int = -1
    from_end: int = -1
    clauses: list[Clause] = field(default_factory=list)
    star_except: StarExcept | None = None
    with_prefix: str = ""
    """The WITH clause that the block sees; empty where there is none."""

    def clause(self, kind: str) -> Clause | None:
        """The clause of a kind."""
        return next((each for each in self.clauses if each.kind == kind), None)

    def items(self, text: str) -> list[str]:
        """The texts of what is selected."""
        return [text[start:end].strip() for start, end in self.item_bounds]


def find_blocks(text: str) -> tuple[list[Block], list[Token]]:
    """Every SELECT of a text, and its tokens."""
    tokens = sql.tokens(text)
    depths = _depths(tokens)
    found = [
        _block(text, tokens, depths, at) for at, token in enumerate(tokens) if token.token_type is TokenType.SELECT
    ]
    for block in found:
        block.with_prefix = _with_prefix(text, tokens, depths, block)
    return found, tokens


def _depths(tokens: Sequence[Token]) -> list[int]:
    depths, depth = [], 0
    for token in tokens:
        depth -= token.token_type is TokenType.R_PAREN
        depths.append(depth)
        depth += token.token_type is TokenType.L_PAREN
    return depths


def _block(text: str, tokens: Sequence[Token], depths: Sequence[int], at: int) -> Block:
    first = at + 1
    distinct = first < len(tokens) and tokens[first].token_type is TokenType.DISTINCT
    first += distinct
    block = Block(tokens[at].start, depths[at], distinct)
    inside = [place for place in range(first, _end(tokens, depths, at)) if depths[place] == block.depth]
    stop = tokens[_end(tokens, depths, at) - 1].end + 1
    marks = [place for place in inside if tokens[place].token_type in _MARKS]
    _list_items(tokens, block, inside, tokens[first].start, tokens[marks[0]].start if marks else stop)
    ends = [*(tokens[mark].start for mark in marks[1:]), stop]
    for mark, end in zip(marks, ends[: len(marks)], strict=True):
        if tokens[mark].token_type is TokenType.FROM:
            block.from_start, block.from_end = tokens[mark].start, end
        else:
            kind = _CLAUSES[tokens[mark].token_type]
            block.clauses.append(Clause(kind, tokens[mark].start, tokens[mark].end + 1, end))
    if block.from_start < 0:
        block.from_start = block.from_end = block.clauses[0].start if block.clauses else stop
    _find_star(text, tokens, block, inside)
    return block


def _end(tokens: Sequence[Token], depths: Sequence[int], at: int) -> int:
    """The number of the first token behind a block."""
    for place in range(at + 1, len(tokens)):
        if depths[place] < depths[at]:
            return place
        kind = tokens[place].token_type
        if depths[place] == depths[at] and (
            kind in _ENDS or (kind is TokenType.EXCEPT and not _of_star(tokens, place))
        ):
            return place
    return len(tokens)


def _of_star(tokens: Sequence[Token], place: int) -> bool:
    return tokens[place - 1].token_type is TokenType.STAR


def _list_items(tokens: Sequence[Token], block: Block, inside: Sequence[int], start: int, end: int) -> None:
    for place in inside:
        if tokens[place].token_type is TokenType.COMMA and start < tokens[place].start < end:
            block.item_bounds.append((start, tokens[place].start))
            start = tokens[place].end + 1
    block.item_bounds.append((start, end))


def _find_star(text: str, tokens: Sequence[Token], block: Block, inside: Sequence[int]) -> None:
    for place in inside:
        if not (_of_star(tokens, place) and tokens[place].text.upper() in {"EXCEPT", "EXCLUDE"}):
            continue
        opening = tokens[place + 1]
        if opening.token_type is not TokenType.L_PAREN:
            continue
        end = sql.closing(text, opening.start)
        star = tokens[place - 1]
        start = star.start
        if tokens[place - 2].token_type is TokenType.DOT:
            start = next(bound for bound, last in block.item_bounds if bound <= star.start < last)
            start += len(text[start : star.start]) - len(text[start : star.start].lstrip())
        block.star_except = StarExcept(start, end, text[start : star.start], opening.end + 1, end - 1)
        return


def _with_prefix(text: str, tokens: Sequence[Token], depths: Sequence[int], block: Block) -> str:
    """The common table expressions before a block, of the text's own WITH clause."""
    if not tokens or tokens[0].token_type is not TokenType.WITH:
        return ""
    entry = tokens[1].start
    for place, token in enumerate(tokens):
        if token.start >= block.start:
            break
        if depths[place] == 0 and token.token_type is TokenType.COMMA:
            entry = tokens[place + 1].start
    if block.depth == 0:
        return text[: block.start].strip()
    selects = [
        each.start for each, depth in zip(tokens, depths, strict=True) if not depth and each.text.upper() == "SELECT"
    ]
    if selects and selects[0] < block.start:
        return text[: selects[0]].strip()
    before = text[:entry].strip().removesuffix(",")
    return "" if before.upper() == "WITH" else before
