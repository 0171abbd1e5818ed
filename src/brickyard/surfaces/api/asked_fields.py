"""Which fields a handler takes from the query and the body, read from its own source.

Handlers check what is sent by `Fields` (`query.whole("job_id")`, `sent.only(…)`), so their source is the one place that
says what they know. The OpenAPI description is made from it and cannot grow old.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from brickyard.surfaces.api.inputs import Fields

Handler = Callable[..., Any]
Schema = dict[str, Any]

QUERY, BODY = "Query", "Sent"
"""The annotations by which a handler is given what was sent."""

_TYPES: Final[Mapping[str, Schema]] = {
    "whole": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "maybe_whole": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "text": {"type": "string"},
    "choice": {"type": "string"},
    "flag": {"type": "boolean"},
    "mapping": {"type": "object"},
    "texts": {"type": "array", "items": {"type": "string"}},
}
_ALWAYS: Final = frozenset({"whole", "text", "choice"})
"""These refuse a field that is missing where no default is given."""
_MAX_DEPTH: Final = 6


@dataclass(slots=True)
class Asked:
    """The fields of one place, with their schemas; those that must be there."""

    fields: dict[str, Schema] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    is_read: bool = False

    def add(self, name: str, schema: Schema, *, required: bool = False) -> None:
        """Know a field, by the best schema that was found."""
        if not name:
            return
        self.fields[name] = {**self.fields.get(name, {}), **schema}
        if required:
            self.required.add(name)


def asked(handlers: list[Handler]) -> dict[str, Asked]:
    """By `QUERY` and `BODY`: what these functions read there, with those that they give it to."""
    found = {QUERY: Asked(), BODY: Asked()}
    for handler in handlers:
        names = {name: str(kind) for name, kind in inspect.get_annotations(handler).items() if str(kind) in found}
        _read(handler, names, found, 0, sure=True)
    return found


def _read(handler: Handler, names: Mapping[str, str], found: dict[str, Asked], depth: int, *, sure: bool) -> None:
    tree = _tree(handler)
    if tree is None or not names or depth > _MAX_DEPTH:
        return
    for kind in names.values():
        found[kind].is_read = True
    for node, certain in _calls(tree, sure=sure):
        root = _root(node)
        if isinstance(root, ast.Name) and root.id in names and isinstance(node.func, ast.Attribute):
            _take(node, node.func.attr, handler, found[names[root.id]], sure=certain)
        callee = _callee(node, handler)
        if callee is not None:
            _read(callee, _given(node, callee, names), found, depth + 1, sure=certain)


def _take(node: ast.Call, method: str, handler: Handler, into: Asked, *, sure: bool) -> None:
    texts = [text for argument in node.args for text in _texts(argument, handler)]
    if method == "only":
        for text in texts:
            into.add(text, {})
    elif method in _TYPES and texts:
        schema = dict(_TYPES[method])
        if method == "choice" and len(node.args) > 1:
            words = _words(node.args[1], handler)
            schema |= {"enum": words} if words else {}
        has_default = len(node.args) > (2 if method == "choice" else 1) or any(
            keyword.arg == "default" for keyword in node.keywords
        )
        into.add(texts[0], schema, required=sure and method in _ALWAYS and not has_default)


def _calls(tree: ast.AST, *, sure: bool) -> Iterator[tuple[ast.Call, bool]]:
    """Every call, with whether it is made each time."""
    for child in ast.iter_child_nodes(tree):
        certain = sure and not isinstance(tree, ast.If | ast.IfExp | ast.BoolOp | ast.Try | ast.Match | ast.Lambda)
        if isinstance(child, ast.Call):
            yield child, certain
        yield from _calls(child, sure=certain)


def _root(node: ast.Call) -> ast.expr:
    """`sent` of `sent.only("a").whole("a")`."""
    root: ast.expr = node.func
    while isinstance(root, ast.Attribute | ast.Call):
        if isinstance(root, ast.Call) and not (isinstance(root.func, ast.Attribute) and root.func.attr == "only"):
            return root
        root = root.value if isinstance(root, ast.Attribute) else root.func
    return root


def _callee(node: ast.Call, handler: Handler) -> Handler | None:
    """The function of ours that is called; None for anything else."""
    found = _value(node.func, handler)
    is_ours = inspect.isfunction(found) and found.__module__.startswith("brickyard.surfaces.api")
    return found if is_ours and not hasattr(Fields, found.__name__) else None


def _given(node: ast.Call, callee: Handler, names: Mapping[str, str]) -> dict[str, str]:
    """The parameters of the called function that are given the query or the body."""
    parameters = list(inspect.signature(callee).parameters)
    pairs = [*zip(parameters, node.args, strict=False), *((each.arg or "", each.value) for each in node.keywords)]
    known = ((name, _name_of(value)) for name, value in pairs)
    return {name: names[given] for name, given in known if given in names}


def _name_of(value: ast.expr) -> str:
    root = _root(value) if isinstance(value, ast.Call) else value
    return root.id if isinstance(root, ast.Name) else ""


def _texts(argument: ast.expr, handler: Handler) -> list[str]:
    if isinstance(argument, ast.Constant):
        return [argument.value] if isinstance(argument.value, str) else []
    if isinstance(argument, ast.Starred):
        return _words(argument.value, handler)
    found = _value(argument, handler)
    return [found] if isinstance(found, str) else []


def _words(value: ast.expr, handler: Handler) -> list[str]:
    """The words of a constant of the module, of an enum, or written out; none where they are computed."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "list" and value.args:
        return _words(value.args[0], handler)
    if isinstance(value, ast.Tuple | ast.List | ast.Set):
        return [text for element in value.elts for text in _texts(element, handler)]
    found = _value(value, handler)
    if found is None or isinstance(found, str):
        return []
    try:
        return [str(word) for word in found if isinstance(word, str)]
    except TypeError:
        return []


def _value(node: ast.expr, handler: Handler) -> Any:
    """What a name, or a name of a module, stands for where the function was written."""
    if isinstance(node, ast.Name):
        closed = inspect.getclosurevars(handler).nonlocals
        return closed.get(node.id, getattr(handler, "__globals__", {}).get(node.id))
    if isinstance(node, ast.Attribute):
        holder = _value(node.value, handler)
        return getattr(holder, node.attr, None) if inspect.ismodule(holder) else None
    return None


def _tree(handler: Handler) -> ast.AST | None:
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(handler)))
    except (OSError, TypeError, SyntaxError):
        return None
