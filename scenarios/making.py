"""From a table with a kind to an object of the class behind it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from simulator.core.errors import PluginError, ScenarioError, UndertowError

from .configure import arguments


def make(cls: Any, table: Mapping[str, Any], where: str, **supplied: Any) -> Any:
    """An object of a class from a table of the file and what the run supplies."""
    return construct(cls, arguments(cls, table, where), where, **supplied)


def construct(cls: Any, given: Mapping[str, Any], where: str, **supplied: Any) -> Any:
    """An object of a class from validated arguments; of what is supplied it takes what it knows and lacks."""
    accepts = set(inspect.signature(cls).parameters)
    extra = {name: value for name, value in supplied.items() if name in accepts and name not in given}
    try:
        return cls(**extra, **given)
    except UndertowError as error:
        if str(error).startswith(where):  # a part of it has said where
            raise
        raise type(error)(f"{where}: {error}") from None
    except TypeError as error:
        raise PluginError(f"{where}: {getattr(cls, '__name__', cls)}: {error}") from error


def split(
    table: Mapping[str, Any], where: str, among: Mapping[str, Mapping[str, Any]] | None = None
) -> tuple[str, dict[str, Any]]:
    """The kind of a table and the rest; where it has none, its name may be misspelt: ``among`` are all of its sort."""
    rest = dict(table)
    rest.pop("title", None)  # for people
    kind = rest.pop("kind", None)
    if not isinstance(kind, str):
        others = ", ".join(sorted(name for name, table in (among or {}).items() if "kind" in table))
        raise ScenarioError(f"{where}: 'kind' is missing{others and f'; those with one: {others}'}")
    return kind, rest
