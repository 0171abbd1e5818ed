"""SQL of Databricks that the engine does not read, turned into SQL that it reads, by edits that keep all other text.

QUALIFY becomes a subquery, `* EXCEPT (…)` the list of the columns that stay, GROUP BY ALL and ORDER BY ALL ordinal
numbers, `PIVOT (… FOR x IN …)` takes parentheses, and `column:path` becomes get_json_object.
Source: the SQL language manual's pages on SELECT, QUALIFY, GROUP BY, PIVOT and the colon operator.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.tokens import Token

from brickyard.workloads.runtime import errors, names
from brickyard.workloads.runtime.clauses import Block, find_blocks

Columns = Callable[[str], Sequence[str]]
"""The names of the columns of a query."""
_NEEDED = re.compile(
    r"\bQUALIFY\b|\bBY\s+ALL\b|\*\s*EXC(?:EPT|LUDE)\s*\(|PIVOT\s*\(|[\w`\])]:[A-Za-z_`]", re.IGNORECASE
)
_ORDER_ALL = re.compile(r"ALL((?:\s+(?:ASC|DESC|NULLS\s+\w+))*)", re.IGNORECASE)
_PASSES = 100
_KEPT = "brickyard_kept"


def plain(text: str, columns: Columns) -> str:
    """The text without what the engine does not read; the same text where there is no such thing.

    Raises:
        UnsupportedOperationException: a form that cannot be turned.
        AnalysisException: a column that is left out is not there.
    """
    if not _NEEDED.search(text):
        return text
    for _ in range(_PASSES):
        changed = _changed_once(text, columns)
        if changed is None:
            return text
        text = changed
    raise errors.refused(
        f"More than {_PASSES} uses of QUALIFY, EXCEPT or ALL in a statement", "Use several statements."
    )


def _changed_once(text: str, columns: Columns) -> str | None:
    blocks, tokens = find_blocks(text)
    for turn in (_json_path, _pivot):
        changed = turn(text, tokens)
        if changed is not None:
            return changed
    # Inner blocks first: an outer one then sees plain SQL below it.
    for block in sorted(blocks, key=lambda each: (-each.depth, each.start)):
        for rewrite in (_group_by_all, _order_by_all, _qualify):
            changed = rewrite(text, block)
            if changed is not None:
                return changed
        changed = _except(text, block, columns)
        if changed is not None:
            return changed
    return None


def _items(text: str, block: Block, what: str) -> list[exp.Expression]:
    """The columns that a block selects.

    Raises:
        UnsupportedOperationException: there is a star among them.
    """
    found = _parsed_items(text, block)
    if any(each.is_star for each in found):
        raise errors.refused(f"{what} with * among the columns", "List the columns.")
    return found


def _group_by_all(text: str, block: Block) -> str | None:
    clause = block.clause("GROUP_BY")
    if clause is None or text[clause.inner : clause.end].strip().upper() != "ALL":
        return None
    keys = []
    for number, item in enumerate(_items(text, block, "GROUP BY ALL"), start=1):
        aggregates = list(item.walk(prune=lambda node: isinstance(node, exp.Query | exp.AggFunc)))
        if any(isinstance(node, exp.Window) for node in aggregates):
            raise errors.refused("GROUP BY ALL with a window function", "List the columns of GROUP BY.")
        if not any(isinstance(node, exp.AggFunc) for node in aggregates):
            keys.append(str(number))
        elif any(isinstance(node, exp.Column) for node in aggregates):
            raise errors.refused("GROUP BY ALL with a column beside an aggregate", "List the columns of GROUP BY.")
    replaced = f"GROUP BY {', '.join(keys)} " if keys else ""
    return text[: clause.start] + replaced + text[clause.end :]


def _order_by_all(text: str, block: Block) -> str | None:
    clause = block.clause("ORDER_BY")
    match = _ORDER_ALL.fullmatch(text[clause.inner : clause.end].strip()) if clause else None
    if clause is None or match is None:
        return None
    count = len(_items(text, block, "ORDER BY ALL"))
    listed = ", ".join(f"{number}{match[1]}" for number in range(1, count + 1))
    return f"{text[: clause.start]}ORDER BY {listed} {text[clause.end :]}"


def _qualify(text: str, block: Block) -> str | None:
    clause = block.clause("QUALIFY")
    if clause is None:
        return None
    condition = text[clause.inner : clause.end].strip()
    aliases = {each.alias.lower() for each in _parsed_items(text, block) if each.alias}
    tree = sqlglot.parse_one(condition, dialect="databricks")
    used = {column.name.lower() for column in tree.find_all(exp.Column) if not column.table} & aliases
    windows = tree.find(exp.Window) is not None
    if used and windows:
        raise errors.refused(
            f"QUALIFY with a window function and the alias {min(used)}", "Use only one of them, or a subquery."
        )
    head, tail = text[: block.start], text[clause.end :]
    middle = text[block.from_start : clause.start].strip()
    selected = text[block.start : block.from_start].strip()
    if not windows:
        return f"{head}SELECT * FROM ({selected} {middle}) WHERE {condition} {tail}"  # noqa: S608  the user's own SQL
    if block.distinct:
        raise errors.refused("SELECT DISTINCT … QUALIFY", "Use a subquery.")
    inner = f"{selected}, ({condition}) AS {_KEPT} {middle}"
    return f"{head}SELECT * EXCEPT ({_KEPT}) FROM ({inner}) WHERE {_KEPT} {tail}"  # noqa: S608  the user's own SQL


def _parsed_items(text: str, block: Block) -> list[exp.Expression]:
    return [sqlglot.parse_one(f"SELECT {item}", dialect="databricks").expressions[0] for item in block.items(text)]


def _except(text: str, block: Block, columns: Columns) -> str | None:
    star = block.star_except
    if star is None:
        return None
    left_out = [part.strip().strip("`").lower() for part in text[star.names_start : star.names_end].split(",")]
    source = text[block.from_start : block.from_end]
    known = columns(f"{block.with_prefix} SELECT {star.qualifier}* {source}")
    missing = [name for name in left_out if name not in {each.lower() for each in known}]
    if missing:
        raise errors.analysis(
            "EXCEPT_OVERLAPPING_COLUMNS.UNRESOLVED",
            f"EXCEPT names the column {names.quote(missing[0])}; there are {', '.join(map(names.quote, known))}.",
            "42703",
        )
    kept = [f"{star.qualifier}{names.quote(each)}" for each in known if each.lower() not in left_out]
    if not kept:
        raise errors.analysis("EMPTY_SELECT_LIST", "EXCEPT leaves no column.", "42702")
    return text[: star.start] + ", ".join(kept) + text[star.end :]


def _pivot(text: str, tokens: Sequence[Token]) -> str | None:
    for at, token in enumerate(tokens):
        word = token.text.upper()
        if word == "UNPIVOT" and at + 1 < len(tokens) and tokens[at + 1].text == "(":
            raise errors.refused("UNPIVOT", "Use stack(…), or df.unpivot.")
        if word != "PIVOT" or tokens[at + 1].text != "(":
            continue
        for place in range(at + 2, len(tokens) - 2):
            first, name, last = tokens[place : place + 3]
            if first.text.upper() == "FOR" and last.text.upper() == "IN":
                return f"{text[: name.start]}({text[name.start : name.end + 1]}){text[name.end + 1 :]}"
            if first.text.upper() == "FOR":
                break
    return None


def _json_path(text: str, tokens: Sequence[Token]) -> str | None:
    """`a.b:c.d[0]`: letters stand directly on both sides of the colon. STRUCT<a:INT> is no such place."""
    for at, token in enumerate(tokens[1:-1], start=1):
        before, after = tokens[at - 1], tokens[at + 1]
        touching = before.end + 1 == token.start and after.start == token.end + 1
        named = re.match(r"[\w`]", text[before.start]) and after.text[:1].isalpha()
        if token.text != ":" or not touching or not named or _in_type(text[: token.start]):
            continue
        base = re.search(r"(?:(?:\w+|`[^`]*`)\.)*(?:\w+|`[^`]*`)$", text[: token.start])
        path = re.match(r"\w+(?:\.\w+|\[\d+\])*", text[after.start :])
        if base is not None and path is not None:
            end = after.start + path.end()
            return f"{text[: base.start()]}get_json_object({base[0]}, '$.{path[0]}'){text[end:]}"
    return None


def _in_type(before: str) -> bool:
    opened = re.search(r"STRUCT\s*<[^>]*$", before, re.IGNORECASE)
    return opened is not None
