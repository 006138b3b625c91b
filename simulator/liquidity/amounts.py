"""What enters every measure: amounts in currency, as arrays, none of them negative."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

#: Days that follow from a division are whole to within this fraction: 0.6 / 0.2 takes three.
ROUNDED: Final = 1e-12


def amount(name: str, value: npt.ArrayLike) -> FloatArray:
    """``value`` as floats; NaN stays what is not known.

    Raises
    ------
    ParameterError
        If anything is below zero, or no number.
    """
    try:
        given = np.asarray(value, np.float64)
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must be numbers, not {value!r}") from None
    if np.any(given < 0.0):
        raise ParameterError(f"{name} must be zero or more; the least is {np.nanmin(given):g}")
    return given


def number(name: str, value: object) -> float:
    """``value`` as one float; raise :class:`ParameterError` if it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ParameterError(f"{name} must be a number, not {value!r}") from None


def whole(name: str, value: object) -> int:
    """``value`` as a whole number of at least 1; raise :class:`ParameterError` otherwise."""
    try:
        given = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise ParameterError(f"{name} must be a whole number, not {value!r}") from None
    if given < 1:
        raise ParameterError(f"{name} must be at least 1, not {given}")
    return given


def positions(name: str, value: npt.ArrayLike) -> FloatArray:
    """(..., N) amounts by position; a number is the one position of a book. In currency."""
    return np.atleast_1d(amount(name, value))


def listed(name: str, value: FloatArray) -> FloatArray:
    """(S,) of one number or a list of them; raise :class:`ParameterError` for none, and for a table."""
    given = np.atleast_1d(value)
    if given.ndim != 1 or not given.size:
        raise ParameterError(f"{name} must be a list of at least one number, not have shape {np.shape(value)}")
    return given


def by_class(name: str, table: Mapping[str, npt.ArrayLike]) -> dict[str, FloatArray]:
    """Amounts by class, of shapes that broadcast; raise :class:`ParameterError` for anything else."""
    if not isinstance(table, Mapping):
        raise ParameterError(f"{name} must be a table of amounts by class, not {table!r}")
    given = {kind: amount(str(kind), value) for kind, value in table.items()}
    together({kind: value.shape for kind, value in given.items()})
    return given


def together(shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that these broadcast to; raise :class:`ParameterError`, naming them, if there is none."""
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items() if shape)
        raise ParameterError(f"these shapes do not go together: {told}") from None


def share(name: str, value: npt.ArrayLike) -> FloatArray:
    """``value`` as floats above 0 and at most 1; raise :class:`ParameterError` otherwise."""
    given = amount(name, value)
    if not np.all((given > 0.0) & (given <= 1.0)):
        raise ParameterError(f"{name} must be above 0 and at most 1")
    return given


def choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise :class:`ParameterError` unless ``value`` is one of ``choices``."""
    known = tuple(choices)
    if value not in known:
        raise ParameterError(f"{name} must be one of {', '.join(known)}, not {value!r}{nearest(str(value), known)}")


def whole_days(days: FloatArray) -> FloatArray:
    """Days that are begun count whole."""
    return np.ceil(days * (1.0 - ROUNDED))


def divided(part: npt.ArrayLike, whole: npt.ArrayLike, empty: float) -> FloatArray:
    """``part`` over ``whole``; ``empty`` where there is nothing to divide by, NaN where that is not known."""
    over = np.asarray(whole, np.float64)
    shape = np.broadcast_shapes(np.shape(part), over.shape)
    start = np.broadcast_to(np.where(np.isnan(over), np.nan, empty), shape).copy()
    out: FloatArray = np.divide(part, over, out=start, where=np.broadcast_to(over > 0.0, shape))
    return out
