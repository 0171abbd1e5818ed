"""Check JSON against the table of fields: names, types, limits; say what is refused and note what has no meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from brickyard.errors import FeatureDisabled, InvalidParameterValue
from brickyard.jobs.field import NOT_EMPTY, Field, Kind, Meaning, nearest
from brickyard.jobs.fields import SECTIONS, home_of

_INTEGER: Final = re.compile(r"\s*[+-]?[0-9]{1,19}\s*")
_UNCLEAN: Final = re.compile("[\0\ud800-\udfff]")
_BLANK_DEPTH: Final = 3
_BRIEF: Final = 200
_REQUIRED: Final = {
    section: tuple(name for name, entry in fields.items() if entry.required) for section, fields in SECTIONS.items()
}
_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def check(section: str, raw: object, path: str = "", notices: list[str] | None = None) -> dict[str, Any]:
    """A checked copy of an object: numbers as numbers, nulls left out, order kept.

    Sentences on fields without meaning are appended to `notices`, each field once.

    Raises:
        InvalidParameterValue: unknown field, wrong type, value out of bounds; the text names the path.
        FeatureDisabled: a field that is known and refused.
    """
    found = [] if notices is None else notices
    if not isinstance(raw, Mapping):
        raise InvalidParameterValue(f"{path or 'The body'} is {show(raw)}; it must be an object.")
    known = SECTIONS[section]
    result: dict[str, Any] = {}
    for name, value in raw.items():
        place = join(path, str(name))
        if name not in known:
            raise InvalidParameterValue(_unknown(section, str(name), path))
        if value is not None:
            result[name] = _value(known[name], value, place, found)
            _note(section, known[name], value, found)
    for name in _REQUIRED[section]:
        if name not in result:
            raise InvalidParameterValue(f"{join(path, name)} is missing; {_wanted(known[name])}.")
    return result


def join(path: str, name: str) -> str:
    """The path of a field of the object at `path`."""
    return f"{path}.{name}" if path else name


def show(value: object) -> str:
    """A given value in an error's text: short, whatever it was."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return repr(value if len(value) <= 100 else f"{value[:100]}…")
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a number of very many digits"
    return str(value)


def brief(text: str) -> str:
    """A name in an error's text, cut off where it is absurdly long."""
    return text if len(text) <= _BRIEF else f"{text[:_BRIEF]}…"


def json_bytes(value: object) -> int:
    """How many bytes a value has as compact JSON."""
    return len(_COMPACT.encode(value).encode("utf-8", "surrogatepass"))


def blank(value: object, depth: int = _BLANK_DEPTH) -> bool:
    """True where a value asks for nothing: null, false, empty, or an object of such values."""
    if value is None or value is False or value in ("", [], {}):
        return True
    return isinstance(value, Mapping) and depth > 0 and all(blank(entry, depth - 1) for entry in value.values())


def _unknown(section: str, name: str, path: str) -> str:
    place = join(path, show(name)[1:-1])
    hint = nearest(name, SECTIONS[section])
    if not hint and (homes := [home for home in home_of(name) if home != section]):
        hint = f" It is a field of {homes[0]}."
    return f"{place} is not a known field.{hint}"


def _value(entry: Field, value: object, path: str, notices: list[str]) -> object:
    if entry.meaning is Meaning.REFUSED and not blank(value):
        raise FeatureDisabled(f"{path} is not supported: {entry.reason}.")
    return _CHECKS[entry.kind](entry, value, path, notices)


def _note(section: str, entry: Field, value: object, notices: list[str]) -> None:
    if entry.meaning is not Meaning.WITHOUT_MEANING or blank(value) or value in entry.silent:
        return
    name = entry.name if section in ("job", "submit", "run_now", "repair") else f"{section}.{entry.name}"
    sentence = f"{name} is kept and has no effect: {entry.reason}."
    if sentence not in notices:
        notices.append(sentence)


def _wrong(entry: Field, value: object, path: str) -> InvalidParameterValue:
    return InvalidParameterValue(f"{path} is {show(value)}; {_wanted(entry)}.")


def _wanted(entry: Field) -> str:
    if entry.allowed:
        because = f": {entry.reason}" if entry.reason else ""
        return f"allowed is {', '.join(entry.allowed)}{because}"
    if entry.kind is Kind.INTEGER:
        upper = f" to {entry.maximum}" if entry.maximum else " or more"
        return f"it must be a whole number from {entry.minimum}{upper}"
    if entry.pattern == NOT_EMPTY:
        return "it must be a string that is not empty"
    if entry.pattern:
        return f"it must be a string that matches {entry.pattern}"
    article = "an" if entry.kind.value[0] in "aeiou" else "a"
    return f"it must be {article} {entry.kind.value}"


def _string(entry: Field, value: object, path: str, _: list[str]) -> str:
    if entry.lenient and _is_scalar(value):
        value = _text_of(value)
    if not isinstance(value, str):
        raise _wrong(entry, value, path)
    if entry.allowed and value not in entry.allowed:
        raise _wrong(entry, value, path)
    if entry.pattern and not re.fullmatch(entry.pattern, value):
        raise _wrong(entry, value, path)
    size = len(_clean(value, path).encode())
    if entry.maximum and size > entry.maximum:
        raise InvalidParameterValue(f"{path} has {size} bytes; at most {entry.maximum} are allowed.")
    return value


def _clean(value: str, path: str) -> str:
    # Neither can be stored in every database nor handed to a process.
    if _UNCLEAN.search(value):
        raise InvalidParameterValue(f"{path} has a NUL character or half a surrogate pair; it must be Unicode text.")
    return value


def _integer(entry: Field, value: object, path: str, _: list[str]) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)  # Airflow sends every number as a string
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(entry, value, path)
    if value < entry.minimum or (entry.maximum and value > entry.maximum):
        raise _wrong(entry, value, path)
    return value


def _boolean(entry: Field, value: object, path: str, _: list[str]) -> bool:
    if not isinstance(value, bool):
        raise _wrong(entry, value, path)
    return value


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def _text_of(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _scalar(value: object, path: str) -> str:
    if not _is_scalar(value):
        raise InvalidParameterValue(f"{path} is {show(value)}; it must be a string.")
    return _clean(_text_of(value), path)


def _strings(entry: Field, value: object, path: str, _: list[str]) -> list[str]:
    entries = _list(entry, value, path)
    return [_scalar(item, f"{path}[{index}]") for index, item in enumerate(entries)]


def _map(entry: Field, value: object, path: str, _: list[str]) -> dict[str, str]:
    if isinstance(value, list) and value:
        value = _of_pairs(entry, value, path)
    if value == "{}":
        value = {}  # the default of Prefect's model of a job's settings
    if not isinstance(value, Mapping):
        raise _wrong(entry, value, path)
    _few(entry, len(value), path)
    return {_clean(str(name), path): _scalar(item, join(path, str(name))) for name, item in value.items()}


def _of_pairs(entry: Field, value: list[Any], path: str) -> dict[str, Any]:
    """An object as old clients write it (nutter does): `[{"key": …, "value": …}]`."""
    if not all(isinstance(pair, Mapping) and pair.keys() == {"key", "value"} for pair in value):
        raise _wrong(entry, value, path)
    found = {str(pair["key"]): pair["value"] for pair in value}
    if len(found) < len(value):
        raise InvalidParameterValue(f"{path} has a key twice; each key can have one value.")
    return found


def _object(entry: Field, value: object, path: str, notices: list[str]) -> object:
    if not isinstance(value, Mapping):
        raise _wrong(entry, value, path)
    return check(entry.of, value, path, notices) if entry.of else dict(value)


def _objects(entry: Field, value: object, path: str, notices: list[str]) -> object:
    entries = _list(entry, value, path)
    if not entry.of:
        return list(entries)
    return [check(entry.of, item, f"{path}[{index}]", notices) for index, item in enumerate(entries)]


def _list(entry: Field, value: object, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong(entry, value, path)
    _few(entry, len(value), path)
    return value


def _few(entry: Field, count: int, path: str) -> None:
    if entry.maximum and count > entry.maximum:
        raise InvalidParameterValue(f"{path} has {count} entries; at most {entry.maximum} are allowed.")


_CHECKS: Final[Mapping[Kind, Callable[[Field, object, str, list[str]], object]]] = {
    Kind.STRING: _string,
    Kind.INTEGER: _integer,
    Kind.BOOLEAN: _boolean,
    Kind.STRINGS: _strings,
    Kind.MAP: _map,
    Kind.OBJECT: _object,
    Kind.OBJECTS: _objects,
}
