"""Read one YAML file: data only, bounded, no key twice, every value with its place.

YAML 1.2, core schema: `yes` and `on` are text. Tags that would make objects are refused (`!!python/…`), and so are
documents that grow without bound through aliases.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brickyard.surfaces.bundles import anchors, fields
from brickyard.surfaces.bundles.marks import Block, BundleError, Items, Mark

if TYPE_CHECKING:
    from ruamel.yaml.error import StreamMark

Node = Any
"""A node of ruamel.yaml's graph; its types do not tell the kinds of nodes apart."""
MAX_BYTES = 4 * 1024 * 1024
MAX_VALUES = 200_000
"""Values of one file, aliases counted each time."""
MAX_DEPTH = 60
MAX_BRACKETS = 500
"""Open brackets, those in texts and comments too: far more than any file has."""
MERGE_KEY = "<<"
_PREFIX = "tag:yaml.org,2002:"
_BRACKET = re.compile(r"[\[\]{}]")
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_yaml(path: Path, shown: str) -> Block:
    """The mapping in a file; `shown` is how errors call the file.

    Raises:
        BundleError: it cannot be read, is no YAML, or no mapping; the text has file, line and column.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError(f"{shown} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_BYTES:
        raise BundleError(f"{shown} has {len(content):,} bytes; at most {MAX_BYTES:,} are read.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BundleError(f"{shown} is not UTF-8 text (byte {error.start}).") from None
    return parse(text, shown)


def parse(text: str, shown: str) -> Block:
    """The mapping in a YAML text; see `read_yaml`."""
    _check_brackets(text, shown)
    root = _compose(text, shown)
    if root is None:
        return Block(Mark(shown, 1, 1))
    value = _Builder(shown).value(root, 0)
    if not isinstance(value, Block):
        raise BundleError("the file must hold a mapping at its top.", Mark(shown, 1, 1))
    for name in anchors.holders(root) - set(fields.TOP):
        value.pop(name, None)  # It has done its work: what it holds stands where it is used.
    return value


def _check_brackets(text: str, shown: str) -> None:
    """Refuse masses of open brackets at once: the YAML library needs seconds to find that out."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "[{" else -1
        if depth > MAX_BRACKETS:
            raise BundleError(f"{shown} is nested too deeply; at most {MAX_DEPTH} levels are read.")


def _compose(text: str, shown: str) -> Node | None:
    # Slow to import, and most commands read no YAML.
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        place = _mark(shown, at)
        why = error.problem or error.context
        raise BundleError(f"not valid YAML at line {place.line}, column {place.column}: {why}.", place) from None
    except RecursionError:
        raise BundleError(f"{shown} is nested too deeply; at most {MAX_DEPTH} levels are read.") from None
    except YAMLError as error:
        raise BundleError(f"{shown}: not valid YAML: {str(error).splitlines()[0]}.") from None
    return root


def _mark(shown: str, at: StreamMark | None) -> Mark:
    return Mark(shown, at.line + 1, at.column + 1) if at else Mark(shown, 1, 1)


class _Builder:
    """Makes values from nodes, and counts them."""

    def __init__(self, shown: str) -> None:
        self._shown = shown
        self._count = 0
        self._open: set[int] = set()

    def value(self, node: Node, depth: int) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            raise BundleError(
                f"the file has more than {MAX_VALUES:,} values (aliases count each time).", self._at(node)
            )
        if depth > MAX_DEPTH:
            raise BundleError(f"nested too deeply; at most {MAX_DEPTH} levels are read.", self._at(node))
        if id(node) in self._open:
            raise BundleError("an alias stands inside of what it names.", self._at(node))
        self._open.add(id(node))
        try:
            if node.id == "scalar":
                return self._scalar(node)
            tag = node.tag or ""
            if tag not in {f"{_PREFIX}map", f"{_PREFIX}seq"}:
                raise BundleError(f"the tag {tag!r} is not allowed; only plain data is.", self._at(node))
            return self._block(node, depth) if node.id == "mapping" else self._items(node, depth)
        finally:
            self._open.discard(id(node))

    def _at(self, node: Node) -> Mark:
        return _mark(self._shown, node.start_mark)

    def _scalar(self, node: Node) -> object:
        text, tag = str(node.value), str(node.tag or "").removeprefix(_PREFIX)
        if tag in {"int", "float"}:
            plain = text.replace("_", "")
            if _INTEGER.fullmatch(plain):
                return int(plain, 0 if plain[:2] in {"0o", "0x"} else 10)
            return float(plain) if _FLOAT.fullmatch(plain) else text
        if tag in {"bool", "null"}:
            return _WORDS.get(text.lower(), text)
        if tag in {"str", "timestamp", "value", "merge"}:
            return text
        raise BundleError(f"the tag {node.tag!r} is not allowed; only plain data is.", self._at(node))

    def _items(self, node: Node, depth: int) -> Items:
        items = Items()
        for entry in node.value:
            items.add(self.value(entry, depth + 1), self._at(entry))
        return items

    def _block(self, node: Node, depth: int) -> Block:
        block = Block(self._at(node))
        inherited: list[Block] = []
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key == MERGE_KEY:
                inherited += self._inherited(value_node, depth)
                continue
            if key in block:
                raise BundleError(
                    f"the key {key!r} stands here twice (first at {block.mark(key)}).", self._at(key_node)
                )
            block.put(key, self.value(value_node, depth + 1), self._at(value_node))
        for source in inherited:
            for key, value in source.items():
                if key not in block:
                    block.put(key, value, source.mark(key))
        return block

    def _key(self, node: Node) -> str:
        if node.id != "scalar":
            raise BundleError("a key must be text.", self._at(node))
        return str(node.value)

    def _inherited(self, node: Node, depth: int) -> list[Block]:
        value = self.value(node, depth + 1)
        found = value if isinstance(value, list) else [value]
        for entry in found:
            if not isinstance(entry, Block):
                raise BundleError(f"{MERGE_KEY} needs a mapping, or a list of mappings.", self._at(node))
        return found
