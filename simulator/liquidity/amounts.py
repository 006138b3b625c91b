"""What enters every measure: amounts in currency, as arrays, none of them negative."""

from __future__ import annotations

from collections.abc import Iterable
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
