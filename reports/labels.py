"""Texts of a user's own in charts: Plotly reads tags, entities and ``%{...}`` in what it shows; a label has none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_READ: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "%{": "%&#123;"}


class Label(str):
    """A text as a chart shows it, letter for letter."""

    __slots__ = ()


def label(text: str) -> Label:
    """The text, inert; a label stays as it is."""
    if isinstance(text, Label):
        return text
    for sign, shown in _READ.items():
        text = text.replace(sign, shown)
    return Label(text)


def drawn(make: Callable[P, R]) -> Callable[P, R]:
    """Of a function that makes a chart: every text in what it is given is inert, so all markup is its own."""

    @wraps(make)
    def made(*given: P.args, **named: P.kwargs) -> R:
        return make(
            *(labelled(argument) for argument in given), **{key: labelled(argument) for key, argument in named.items()}
        )

    return made


def labelled(value: Any) -> Any:
    """The same with every text in it a label: in sequences, mappings (keys too) and what describes a page."""
    if isinstance(value, str):
        return label(value)
    if isinstance(value, Mapping):
        return {labelled(key): labelled(inner) for key, inner in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(map(labelled, value))
    if isinstance(value, list | tuple):
        return type(value)(map(labelled, value))
    if is_dataclass(value) and not isinstance(value, type) and type(value).__module__.startswith(f"{__package__}."):
        return replace(
            value, **{field.name: labelled(getattr(value, field.name)) for field in fields(value) if field.init}
        )
    return value
