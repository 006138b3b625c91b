"""The volatility of a book of fixed weights, which several signals measure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from simulator.core.errors import ParameterError
from simulator.core.protocols import FeatureSource
from simulator.core.types import CASH, SESSIONS_PER_YEAR, FloatArray
from simulator.features import realised_volatility


def book_volatility(
    features: FeatureSource, lookback: int, weights: Mapping[str, float] | None, who: str
) -> FloatArray:
    """(T,) annualised standard deviation of a book's last ``lookback`` daily returns; NaN until all are there.

    Parameters
    ----------
    features
        The market.
    lookback
        Sessions.
    weights
        Fixed weights of the book, CASH allowed; ``None`` for equal weights.
    who
        The signal that asks, for the error.

    Raises
    ------
    ParameterError
        For an asset that the market does not have.
    """
    return realised_volatility(_book(features.returns(), weights, who), lookback) * np.sqrt(SESSIONS_PER_YEAR)


def _book(returns: pd.DataFrame, weights: Mapping[str, float] | None, who: str) -> FloatArray:
    if weights is None:
        return returns.mean(axis=1).to_numpy()
    held = pd.Series({name: weight for name, weight in weights.items() if name != CASH})
    unknown = [name for name in held.index if name not in returns.columns]
    if unknown:
        raise ParameterError(f"{who}: no asset {unknown[0]!r} in this market")
    return returns[held.index].mul(held, axis=1).sum(axis=1, min_count=1).to_numpy()
