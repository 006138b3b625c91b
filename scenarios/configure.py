"""From a table of a scenario file to a class's arguments: names, types and explanations come from the class itself."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from simulator.core.errors import ParameterError, PluginError, ScenarioError, nearest, shown
from simulator.core.names import quoted
from simulator.core.within import Within, range_of

#: How a scenario file spells parameters that are words of Python.
ALIASES: Final = {"from": "start", "to": "end"}

#: Parameters that a scenario file states in its own terms, whatever the class calls their type.
_FILE_TYPES: Final[dict[str, Any]] = {
    "weights": dict[str, float] | None,
    "into": dict[str, float] | None,
    "returns": dict[str, float] | None,
    "trigger": str | list[str] | None,
    "signal": str,
    "red": str | None,
    "base": str,
    "start": date,
    "end": date | None,
}

#: Parameters that the run supplies.
_SUPPLIED: Final = ("name", "title", "progress", "refit_cache", "parts", "self")
#: Those that it supplies where the file does not.
_UNLESS_STATED: Final = {
    "seed": "the scenario's own by default",
    "book_value": "the scenario's initial cash by default",
}


class Parameter(NamedTuple):
    """One parameter of a class, as a scenario file may set it."""

    name: str
    type: Any
    default: Any  # inspect.Parameter.empty if it must be given
    explanation: str
    within: Within | None = None

    @property
    def text(self) -> str:
        """The explanation, with the range where one is stated."""
        return with_range(self.explanation, self.within)

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is inspect.Parameter.empty


@lru_cache(maxsize=256)
def parameters(cls: Any) -> Mapping[str, Parameter]:
    """The parameters of a class that a scenario file may set, in order."""
    try:
        signature = inspect.signature(cls)
    except (TypeError, ValueError) as error:
        raise PluginError(f"{cls!r} cannot be configured: {error}") from None
    hints, texts = _hints(cls), explanations(cls)
    found = {}
    for name, parameter in signature.parameters.items():
        if name in _SUPPLIED or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        kind = hints.get(name, Any)
        default, text = parameter.default, texts.get(name, "")
        if name in _UNLESS_STATED:
            default, text = None, f"{text.rstrip('.')}; {_UNLESS_STATED[name]}".lstrip("; ")
        found[name] = Parameter(name, _FILE_TYPES.get(name, kind), default, text, range_of(kind))
    return MappingProxyType(found)


def with_range(explanation: str, within: Within | None) -> str:
    """An explanation and the range of what it explains."""
    return explanation if within is None else f"{explanation.rstrip('.')} ({within.span()})".strip()


def _hints(cls: Any) -> dict[str, Any]:
    """Types by parameter: the constructor's, else those of the fields, each read in the module that states it."""
    for target in (getattr(cls, "__init__", cls), cls):
        try:
            hints = get_type_hints(target, include_extras=True)
        except (NameError, TypeError):  # a dataclass has its bases' fields in a constructor that knows its own module
            continue
        if set(hints) - {"return"}:
            return hints
    return {}


class _Texts(dict[str, str]):
    """Texts by parameter; empty where there is none, as under ``python -OO``, which leaves docstrings out."""

    def __missing__(self, _: str) -> str:
        return ""


def explanations(cls: Any) -> dict[str, str]:
    """Parameter texts from the numpydoc sections of a class and its bases."""
    texts = _Texts()
    for base in reversed(getattr(cls, "__mro__", (cls,))):
        doc = inspect.cleandoc(base.__doc__ or "") if base is not object else ""
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
            raise ScenarioError(f"{where}: unknown key {quoted(key)}{nearest(key, shown.values())}")
        accepted[names[key]] = _within(value, known[names[key]], where, key)
    for name, parameter in known.items():
        if parameter.required and name not in accepted and name != "weights":
            raise ScenarioError(
                f"{where}: {shown[name]!r} is missing: {plain_text(parameter.explanation) or 'required'}"
            )
    return accepted


def _within(value: Any, parameter: Parameter, where: str, key: str) -> Any:
    """The value, of the parameter's type and in its range."""
    accepted = checked(value, parameter.type, f"{where}.{key}")
    if parameter.within is not None:
        try:
            parameter.within.check(key, accepted)
        except ParameterError as error:
            raise ScenarioError(f"{where}: {error}") from None
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
    plain = _bare(kind)
    kind = plain if range_of(kind) is not None else kind  # a range of ours says what is wrong in its own words
    try:
        strict = any(
            get_origin(member) is dict for member in _members(plain)
        )  # numbers in a table are not read from text
        if isinstance(value, str) and _wants_number(plain):
            raise ScenarioError(f"{where}: must be {describe(plain)}, not {shown(value)}")
        if isinstance(value, bool) and not _allows(plain, bool):
            raise ScenarioError(f"{where}: must be {describe(plain)}, not {str(value).lower()}")
        return _adapter(kind, strict).validate_python(value)
    except ValidationError as error:
        wanted = describe(kind) if kind is plain else _constraint(error)
        raise ScenarioError(f"{where}: must be {wanted or describe(plain)}, not {shown(value)}") from None
    except RecursionError:
        raise ScenarioError(f"{where}: must be {describe(plain)}, not {shown(value)}") from None


@lru_cache(maxsize=512)
def _adapter(kind: Any, strict: bool) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=ConfigDict(strict=strict, arbitrary_types_allowed=True))


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _constraint(error: ValidationError) -> str:
    """What a constraint of a user's own annotation asks for; nothing where the type itself is wrong."""
    first = error.errors(include_url=False)[0]
    return first["msg"].removeprefix("Input should be ").lower() if "ctx" in first else ""


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _allows(kind: Any, member: type) -> bool:
    return any(allowed is member for allowed in _members(kind))


def _wants_number(kind: Any) -> bool:
    members = _members(kind)
    return any(member in (int, float) for member in members) and not any(
        member is str or get_origin(member) is Literal or member is date for member in members
    )


def describe(kind: Any) -> str:
    """A type in words."""
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false", date: "a date"}
    words = []
    for member in _members(kind):
        origin = get_origin(member)
        if member is type(None):
            continue
        if member in names:
            words.append(names[member])
        elif origin is Literal:
            words.append(" or ".join(repr(choice) for choice in get_args(member)))
        elif origin in (dict, Mapping):
            words.append(_table_of(get_args(member)[-1]))
        elif origin in (list, tuple, Sequence):
            words.append("a list")
        else:
            words.append(getattr(member, "__name__", str(member)))
    return " or ".join(dict.fromkeys(words))


def _table_of(kind: Any) -> str:
    if kind is Any:
        return "a table"
    return "a table of tables of numbers" if get_origin(kind) in (dict, Mapping) else "a table of numbers by name"
