"""Source with highlighting, and markdown, as HTML."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from brickyard.surfaces.export.text import escaped, visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_COLOURED = 200_000
"""Characters; longer source stays without colours, which make it many times longer."""
_LEXERS: Mapping[str, str] = {"python": "python", "sql": "sql", "sh": "bash", "scala": "scala", "r": "r"}
_MAGIC = re.compile(r"%md(?:-sandbox)?[ \t]*\n?")
_LINK = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*", re.IGNORECASE)


def coloured(source: str, language: str) -> str:
    """The source of a cell, to stand in `<pre>`."""
    lexer = _LEXERS.get(language)
    if lexer is None or len(source) > MAX_COLOURED:
        return escaped(source)
    from pygments import highlight  # noqa: PLC0415 - a server starts faster without it, and most never export
    from pygments.formatters.html import HtmlFormatter  # noqa: PLC0415 - as above
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - as above

    found = get_lexer_by_name(lexer, stripnl=False, ensurenl=False)
    # Control characters go with the rest of the text; the formatter escapes what HTML would read.
    return str(highlight(visible(source), found, HtmlFormatter(nowrap=True)))


def markdown(text: str) -> str:
    """Markdown as HTML without scripts, without anything from elsewhere, and with HTML in it shown as text."""
    return str(_renderer().render(visible(_MAGIC.sub("", text.lstrip(), count=1)).replace("\x00", "\ufffd")))


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as for colours

    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    made.validateLink = _is_safe  # type: ignore[method-assign]  # the place that the library has for it
    made.add_render_rule("link_open", _link)
    made.add_render_rule("image", _image)
    return made


def _is_safe(url: str) -> bool:
    return bool(_LINK.match(url) or _IMAGE.fullmatch(url))


def _link(_: Any, tokens: Sequence[Token], index: int, *_options: Any) -> str:
    address = escaped(str(tokens[index].attrs.get("href", "")))
    return f'<a href="{address}" rel="noopener noreferrer" target="_blank">'


def _image(_: Any, tokens: Sequence[Token], index: int, *_options: Any) -> str:
    """The image where the text carries it; else its words: the page loads nothing."""
    token = tokens[index]
    address, words = str(token.attrs.get("src", "")), escaped(token.content)
    if _IMAGE.fullmatch(address):
        return f'<img src="{address}" alt="{words}">'
    return f'<span class="note">[image: {words or escaped(address)}]</span>'
