"""From a table of a scenario file to a class's arguments: names, types and explanations come from the class itself."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from simulator.core.errors import PluginError, ScenarioError, nearest

#: How a scenario file spells parameters that are words of Python.
ALIASES: Final = {"from": "start", "to": "end"}

#: Parameters that a scenario file states in its own terms, whatever the class calls their type.
_FILE_TYPES: Final[dict[str, Any]] = {
    "weights": dict[str, float] | None,
    "into": dict[str, float] | None,
    "trigger": str | None,
    "signal": str,
    "base": str,
    "start": date,
    "end": date | None,
}

#: Parameters that the run supplies.
_SUPPLIED: Final = ("name", "title", "progress", "refit_cache", "seed", "self")


class Parameter(NamedTuple):
    """One parameter of a class, as a scenario file may set it."""

    name: str
    type: Any
    default: Any  # inspect.Parameter.empty if it must be given
    explanation: str

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is inspect.Parameter.empty


def parameters(cls: Any) -> dict[str, Parameter]:
    """The parameters of a class that a scenario file may set, in order."""
    try:
        signature = inspect.signature(cls)
    except (TypeError, ValueError) as error:
        raise PluginError(f"{cls!r} cannot be configured: {error}") from None
    hints, texts = _hints(cls), explanations(cls)
    found = {}
    for name, one in signature.parameters.items():
        if name in _SUPPLIED or one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
            continue
        kind = _FILE_TYPES.get(name, hints.get(name, Any))
        found[name] = Parameter(name, kind, one.default, texts.get(name, ""))
    return found


def _hints(cls: Any) -> dict[str, Any]:
    target = getattr(cls, "__init__", cls)
    try:
        hints = get_type_hints(target)
        return hints if set(hints) - {"return"} else get_type_hints(cls)
    except (NameError, TypeError):
        return {}


def explanations(cls: Any) -> dict[str, str]:
    """Parameter texts from the numpydoc sections of a class and its bases."""
    texts: dict[str, str] = {}
    for one in reversed(getattr(cls, "__mro__", (cls,))):
        doc = inspect.cleandoc(one.__doc__ or "") if one is not object else ""
        section = re.search(r"Parameters\n-+\n(?P<body>.*?)(\n\n\w[^\n]*\n-+\n|\Z)", doc, re.DOTALL)
        if section is None:
            continue
        for names, text in re.findall(r"^(\w[\w, ]*)\n((?:    .*\n?|\n)+)", section["body"], re.MULTILINE):
            for name in names.split(", "):
                texts[name] = " ".join(text.split())
    return texts


def arguments(cls: Any, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Validated arguments for ``cls`` from a table of the file.

    Raises
    ------
    ScenarioError
        Naming the key that is unknown (and the nearest known one), missing, or of the wrong type.
    """
    known = parameters(cls)
    shown = {name: spelling(name, where) for name in known}
    names = {written: name for name, written in shown.items()} | {name: name for name in known}
    accepted = {}
    for key, value in table.items():
        if key not in names:
            raise ScenarioError(f"{where}: unknown key {key!r}{nearest(key, shown.values())}")
        accepted[names[key]] = checked(value, known[names[key]].type, f"{where}.{key}")
    for name, one in known.items():
        if one.required and name not in accepted and name != "weights":
            raise ScenarioError(f"{where}: {shown[name]!r} is missing: {plain_text(one.explanation) or 'required'}")
    return accepted


def spelling(name: str, where: str) -> str:
    """How a scenario file writes a parameter: shocks say from and to."""
    alias = next((alias for alias, meant in ALIASES.items() if meant == name), None)
    return alias if alias is not None and where.startswith("shocks") else name


def plain_text(explanation: str) -> str:
    """An explanation without its markup."""
    return explanation.replace("``", "").replace(":class:", "").replace("`", "")


def checked(value: Any, kind: Any, where: str) -> Any:
    """The value as the type asks for it; numbers are not read from text, nor text from numbers."""
    if kind is Any:
        return value
    try:
        strict = any(get_origin(one) is dict for one in _members(kind))  # numbers in a table are not read from text
        adapter = TypeAdapter(kind, config=ConfigDict(strict=strict, arbitrary_types_allowed=True))
        if isinstance(value, str) and _wants_number(kind):
            raise ScenarioError(f"{where}: must be {describe(kind)}, not {value!r}")
        if isinstance(value, bool) and not _allows(kind, bool):
            raise ScenarioError(f"{where}: must be {describe(kind)}, not {str(value).lower()}")
        return adapter.validate_python(value)
    except ValidationError:
        raise ScenarioError(f"{where}: must be {describe(kind)}, not {value!r}") from None


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _allows(kind: Any, member: type) -> bool:
    return any(one is member for one in _members(kind))


def _wants_number(kind: Any) -> bool:
    members = _members(kind)
    return any(one in (int, float) for one in members) and not any(
        one is str or get_origin(one) is Literal or one is date for one in members
    )


def describe(kind: Any) -> str:
    """A type in words."""
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false", date: "a date"}
    words = []
    for one in _members(kind):
        origin = get_origin(one)
        if one is type(None):
            continue
        if one in names:
            words.append(names[one])
        elif origin is Literal:
            words.append(" or ".join(repr(choice) for choice in get_args(one)))
        elif origin in (dict, Mapping):
            nested = get_origin(get_args(one)[-1]) in (dict, Mapping)
            words.append("a table of tables of numbers" if nested else "a table of numbers by name")
        elif origin in (list, tuple, Sequence):
            words.append("a list")
        else:
            words.append(getattr(one, "__name__", str(one)))
    return " or ".join(dict.fromkeys(words))
