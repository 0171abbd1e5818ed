"""UPDATE and DELETE whose condition has a query: the engine performs them only as a merge.

The rows that match are found first; the merge then pairs them with the table by all columns. Rows that are equal in
all columns match together, so the result is the same as that of the statement.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokens import TokenType

from brickyard.workloads.runtime import errors, names, sql

_FOUND = "brickyard_found"


def as_merge(text: str, tree: exp.Update | exp.Delete, columns: Sequence[str]) -> str:
    """The statement as a merge of the table with its rows that match.

    Raises:
        UnsupportedOperationException: the new values have a query as well.
    """
    target = tree.this if isinstance(tree.this, exp.Table) else tree.find(exp.Table)
    if any(each.find(exp.Query) for each in tree.args.get("expressions") or []):
        raise errors.refused("UPDATE with a query in SET and in WHERE", "Use MERGE INTO.")
    start = min(part.meta["start"] for part in target.parts)
    name = text[start : target.parts[-1].meta["end"] + 1]
    alias = names.quote(target.alias or target.name)
    where = _top_word(text, TokenType.WHERE)
    condition = text[where + len("WHERE") :]
    rows = f"SELECT DISTINCT {alias}.* FROM {name} AS {alias} WHERE {condition}"  # noqa: S608  the user's own SQL
    pairs = " AND ".join(f"{alias}.{names.quote(each)} <=> {_FOUND}.{names.quote(each)}" for each in columns)
    action = "DELETE"
    if isinstance(tree, exp.Update):
        action = f"UPDATE {_qualified(text[_top_word(text, TokenType.SET) : where], columns, alias)}"
    return f"MERGE INTO {name} AS {alias} USING ({rows}) AS {_FOUND} ON {pairs} WHEN MATCHED THEN {action}"


def _top_word(text: str, kind: TokenType) -> int:
    """The place of a word outside all parentheses."""
    depth = 0
    for token in sql.tokens(text):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0 and token.token_type is kind:
            return int(token.start)
    raise errors.syntax(text, f"Syntax error: {kind.name} is missing.")


def _qualified(assignments: str, columns: Sequence[str], alias: str) -> str:
    """The assignments with every column said to be one of the table: the matching rows have the same columns."""
    known = {column.lower() for column in columns}
    pieces, copied, before, found = [], 0, "", sql.tokens(assignments)
    for at, token in enumerate(found):
        called = at + 1 < len(found) and found[at + 1].token_type in {TokenType.L_PAREN, TokenType.DOT}
        is_name = token.token_type in {TokenType.VAR, TokenType.IDENTIFIER} or token.text.lower() in known
        plain = token.token_type is not TokenType.STRING and before != "."
        if is_name and plain and not called and token.text.lower() in known:
            pieces += [assignments[copied : token.start], f"{alias}."]
            copied = token.start
        before = token.text
    return "".join([*pieces, assignments[copied:]])
