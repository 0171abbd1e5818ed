"""The variables of a bundle and where their values come from: `--var`, the environment, the target, the default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from brickyard.jobs.field import nearest
from brickyard.surfaces.bundles import fields
from brickyard.surfaces.bundles.marks import Block, BundleError, Items, Mark, describe

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
ENVIRONMENT_PREFIX = "BUNDLE_VAR_"
COMPLEX = "complex"


def declare(root: Block, target: Block) -> Block:
    """The declarations of the bundle with those of the target laid over: name to a block of `fields.VARIABLE`.

    A target may give a value alone (`x: 5`) or a declaration (`x: {default: 5}`).

    Raises:
        BundleError: a name that is none, an unknown field, or a value for a variable that is not declared.
    """
    declared = Block(root.mark("variables"))
    mine, theirs = root.block("variables"), target.block("variables")
    for name, value in mine.items():
        if not NAME.fullmatch(name):
            raise BundleError(f"variables.{name}: a name has letters, digits, _ and - only.", mine.mark(name))
        declared.put(name, _declaration(name, value, mine.mark(name)), mine.mark(name))
    for name, value in theirs.items():
        mark = theirs.mark(name)
        if name not in declared:
            raise BundleError(
                f"the target sets variable {name!r}, which is not declared.{nearest(name, declared)}", mark
            )
        declared.put(name, _overridden(declared.block(name), name, value, mark), mark)
    return declared


def assign(declared: Block, given: Mapping[str, str], environ: Mapping[str, str]) -> Block:
    """The value of each variable, not yet interpolated.

    Raises:
        BundleError: an unknown name in `given`, a variable without a value, a value of the wrong form.
    """
    for name in given:
        if name not in declared:
            known = ", ".join(declared) or "none is declared"
            raise BundleError(f"--var sets {name!r}, which is not a variable.{nearest(name, declared)} Known: {known}.")
    values = Block(declared.at)
    for name in declared:
        values.put(name, *_value(name, declared.block(name), given, environ))
    return values


def _value(
    name: str, declaration: Block, given: Mapping[str, str], environ: Mapping[str, str]
) -> tuple[Any, Mark | None]:
    is_complex = declaration.get("type") == COMPLEX
    for source, text in (("--var", given.get(name)), ("the environment", environ.get(ENVIRONMENT_PREFIX + name))):
        if text is None:
            continue
        if is_complex:
            raise BundleError(f"variable {name!r} is complex; {source} can only set plain ones.", declaration.at)
        return text, declaration.at
    if "default" in declaration:
        value = declaration["default"]
        if isinstance(value, Block | Items) and not is_complex:
            raise BundleError(
                f"variable {name!r} has {describe(value)} as its value; declare it with `type: complex`.",
                declaration.mark("default"),
            )
        return value, declaration.mark("default")
    if "lookup" in declaration:
        raise BundleError(
            f"variable {name!r} has a lookup, which is refused: there is nothing here to look up. Give it a value: "
            f"--var {name}=…",
            declaration.mark("lookup"),
        )
    raise BundleError(
        f"variable {name!r} has no value. Give one: --var {name}=…, {ENVIRONMENT_PREFIX}{name}, or a default.",
        declaration.at,
    )


def _declaration(name: str, value: object, mark: Mark | None) -> Block:
    if value is None:
        return Block(mark)
    if not isinstance(value, Block):
        raise BundleError(f"variables.{name} is {describe(value)}; it must be a mapping with a default, say.", mark)
    for field in value:
        if field not in fields.VARIABLE:
            raise BundleError(
                f"variables.{name}.{field} is not a known field.{nearest(field, fields.VARIABLE)}", value.mark(field)
            )
    if value.get("type") not in {None, COMPLEX}:
        raise BundleError(
            f"variables.{name}.type is {describe(value['type'])}; only complex is known.", value.mark("type")
        )
    return value


def _overridden(declaration: Block, name: str, value: object, mark: Mark | None) -> Block:
    result = Block(mark)
    for field, entry in declaration.items():
        if field != "lookup":
            result.put(field, entry, declaration.mark(field))
    is_declaration = isinstance(value, Block) and value and value.keys() <= fields.VARIABLE.keys()
    if is_declaration and isinstance(value, Block):
        for field, entry in _declaration(name, value, mark).items():
            result.put(field, entry, value.mark(field))
    else:
        result.put("default", value, mark)
    return result
