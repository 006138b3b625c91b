"""Target weights as a user gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from simulator.core.errors import ParameterError, nearest
from simulator.core.names import CASH
from simulator.core.types import FloatArray

Weights: TypeAlias = Mapping[str, float] | pd.Series | Sequence[float] | npt.NDArray[Any]


def some_assets(assets: Sequence[str] | None) -> None:
    """Raise :class:`ParameterError` for an empty list of assets to choose among; ``None`` means all of the market's."""
    if assets is not None and not len(assets):
        raise ParameterError("assets is an empty list; leave it out to choose among all")


def resolve(weights: Weights, assets: tuple[str, ...], what: str = "weights") -> FloatArray:
    """(N,) weights of nav in the market's order; what is left to one is cash.

    A mapping or Series may name ``CASH`` and may leave assets out (zero); a sequence follows the market's order.

    Raises
    ------
    ParameterError
        If a name is unknown, the length is wrong or a weight is not a number; the bounds on the book are checked
        by the run.
    """
    if isinstance(weights, pd.Series):
        weights = {str(name): float(value) for name, value in weights.items()}
    if isinstance(weights, Mapping):
        unknown = [name for name in weights if name != CASH and name not in assets]
        if unknown:
            raise ParameterError(f"{what}: no asset {unknown[0]!r} in this market{nearest(str(unknown[0]), assets)}")
        values = np.array([float(weights.get(name, 0.0)) for name in assets])
    else:
        values = np.asarray(weights, dtype=np.float64)
        if values.shape != (len(assets),):
            raise ParameterError(f"{what}: shape {values.shape}, expected ({len(assets)},), one weight an asset")
    if not np.isfinite(values).all():
        raise ParameterError(f"{what}: every weight must be a number")
    return values
