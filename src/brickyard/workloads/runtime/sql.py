"""SQL text: split into statements, and cut into the parts that the runtime treats apart."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

from brickyard.workloads.runtime import errors

# A statement that the parser does not know is either handled by the runtime itself or refused: no warning is needed.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_SPLITTER = re.compile(
    r"""'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"|`(?:[^`]|``)*`|--[^\n]*|/\*.*?\*/|;""",
    re.DOTALL,
)
_COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/", re.DOTALL)
_QUERY_STARTS = frozenset({TokenType.SELECT, TokenType.VALUES, TokenType.WITH, TokenType.FROM})


def split_statements(text: str) -> list[str]:
    """The statements of a text, without semicolons; those that are only comments are left out.

    Semicolons inside quotes, backticks and comments do not separate.
    """
    return [statement for _, statement in placed_statements(text)]


def placed_statements(text: str) -> list[tuple[int, str]]:
    """As `split_statements`, each with the line, counted from 1, that its first word stands on."""
    statements, start = [], 0
    for match in _SPLITTER.finditer(text):
        if match[0] == ";":
            statements.append((start, text[start : match.start()]))
            start = match.end()
    statements.append((start, text[start:]))
    return [
        (text.count("\n", 0, start + len(each) - len(_from_first_word(each))) + 1, each.strip())
        for start, each in statements
        if bare(each)
    ]


def bare(text: str) -> str:
    """The text without leading comments and space, and without a closing semicolon."""
    return _from_first_word(text).rstrip().removesuffix(";").rstrip()


def _from_first_word(text: str) -> str:
    at = 0
    while match := _COMMENT.match(text, at):
        at = match.end()
    return text[at:]


@lru_cache(maxsize=512)
def parse(text: str) -> exp.Expression:
    """The syntax tree. It is shared: nobody changes it.

    Raises:
        ParseException: `PARSE_SYNTAX_ERROR`, with the parser's own words and place.
    """
    try:
        tree = sqlglot.parse_one(text, dialect="databricks")
    except SqlglotError as error:
        detail = re.sub(r"\x1b\[\d*m", "", str(error)).split("\n", maxsplit=1)[0]
        raise errors.syntax(text, f"Syntax error: {detail}") from None
    return tree


def tokens(text: str) -> list[Token]:
    """The tokens of a text with their places.

    Raises:
        ParseException: a quote is not closed.
    """
    try:
        return list(sqlglot.tokenize(text, dialect="databricks"))
    except SqlglotError as error:
        raise errors.syntax(text, f"Syntax error: {error}") from None


def closing(text: str, opening: int) -> int:
    """The place just after the parenthesis that closes the one at `opening`."""
    depth = 0
    for token in tokens(text[opening:]):
        depth += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if depth == 0:
            return opening + int(token.end) + 1
    raise errors.syntax(text, "Syntax error: a parenthesis is not closed.")


def query_of(text: str, after: int) -> str:
    """The query that a statement such as INSERT or CREATE … AS contains, with a WITH clause before the statement.

    `after` is the place where the target's name ends.
    """
    start = _query_start(text, after)
    if start < 0:
        raise errors.syntax(text, "Syntax error: the statement has no query.")
    query = text[start:].strip()
    if query[:6].upper() == "TABLE ":
        query = f"SELECT * FROM {query[6:]}"  # noqa: S608  the user's own SQL
    head = bare(text)
    if head[:4].upper() == "WITH":
        upper = next(t for t in tokens(text) if t.token_type in {TokenType.INSERT, TokenType.CREATE})
        return f"{text[: upper.start].strip()} {query}"
    return query


def _query_start(text: str, after: int) -> int:
    depth, found = 0, [token for token in tokens(text) if token.start >= after]
    for at, token in enumerate(found):
        kind = token.token_type
        following = found[at + 1].token_type if at + 1 < len(found) else None
        if depth == 0 and (kind in _QUERY_STARTS or kind is TokenType.TABLE):
            return int(token.start)
        if depth == 0 and kind is TokenType.L_PAREN and following in _QUERY_STARTS | {TokenType.L_PAREN}:
            return int(token.start)
        depth += (kind is TokenType.L_PAREN) - (kind is TokenType.R_PAREN)
    return -1
