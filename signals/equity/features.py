"""What is known of a share before a window of stress, and, beside it, what the paper measured inside it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from simulator.core.types import FloatArray

from .bars import ShareBars
from .labels import Window


class FeatureSet(NamedTuple):
    """Columns that a model is shown.

    Attributes
    ----------
    name
        As in ``metrics.json``.
    title, text
        For people.
    columns
        Numeric columns; sectors are added unless ``sectors`` is off.
    sectors
        Whether a column a sector is added.
    components
        Share of variance that principal components keep; 0 for the columns themselves.
    hindsight
        Whether a column is measured inside the window.
    """

    name: str
    title: str
    text: str
    columns: tuple[str, ...]
    sectors: bool = True
    components: float = 0.0
    hindsight: bool = False


_KNOWN: Final = "known at the last close before the window"
SETS: Final = (
    FeatureSet("V4", "V4", f"sector, beta and size, {_KNOWN}", ("beta", "size")),
    FeatureSet(
        "V6", "V6", f"V4 with share of total size and mean volume, {_KNOWN}", ("beta", "size", "part", "volume")
    ),
    FeatureSet(
        "V4+past",
        "V4 and the past",
        f"V4 with volatility, return and Amihud measure, {_KNOWN}",
        ("beta", "size", "volatility", "return", "amihud"),
    ),
    FeatureSet(
        "V3-PCA99",
        "V3, PCA 99%",
        f"beta, size and mean volume as principal components that keep 99% of their variance, {_KNOWN}",
        ("beta", "size", "volume"),
        sectors=False,
        components=0.99,
    ),
    FeatureSet(
        "V4-inside",
        "V4, the paper's timing",
        "sector, beta, and size measured inside the window: look-ahead",
        ("beta", "size inside"),
        hindsight=True,
    ),
    FeatureSet(
        "V6-inside",
        "V6, the paper's timing",
        "V6 with size and volume measured inside the window: look-ahead",
        ("beta", "size inside", "part inside", "volume inside"),
        hindsight=True,
    ),
)


def features(bars: ShareBars, window: Window, history: int) -> dict[str, FloatArray]:
    """(N,) columns by name.

    ``beta`` on the equally weighted mean of all shares; ``size`` the log of median dollar volume, in the place of
    market capitalisation, which bars do not hold; ``part`` the share's part of the sum of median dollar volumes;
    ``volume`` the log of mean shares traded; ``volatility`` the standard deviation of daily returns; ``return`` over
    the history; ``amihud`` the log of mean absolute return over dollar volume. All from the ``history`` sessions
    before the window; those ``inside`` from its own sessions (for volume the least 20-session mean, as in Table 3).

    Raises
    ------
    ValueError
        If fewer sessions go before the window.
    """
    rows = bars.rows(window.first, window.last)
    if rows.start < history or history < 3:
        raise ValueError(f"needs {max(history, 3)} sessions before {window}, there are {rows.start}")
    past = slice(rows.start - history, rows.start)
    returns = bars.returns[past][1:]  # the first needs a close before the history
    traded, volume = bars.traded[past], bars.volume[past]
    index = returns.mean(axis=1)
    apart = index - index.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        daily = np.abs(returns) / np.where(traded[1:] > 0.0, traded[1:], np.nan)
    return {
        "beta": apart @ (returns - returns.mean(axis=0)) / (apart @ apart),
        **_size(traded, ""),
        "volume": np.log1p(volume.mean(axis=0)),
        "volatility": returns.std(axis=0, ddof=1),
        "return": bars.prices[past][-1] / bars.prices[past][0] - 1.0,
        "amihud": np.log(np.nanmean(daily, axis=0)),
        **_size(bars.traded[rows], " inside"),
        "volume inside": np.log1p(_least_mean(bars.volume[rows])),
    }


def _size(traded: FloatArray, where: str) -> dict[str, FloatArray]:
    middle = np.median(traded, axis=0)
    return {f"size{where}": np.log1p(middle), f"part{where}": middle / middle.sum()}


def _least_mean(volume: FloatArray, over: int = 20) -> FloatArray:
    sums = np.cumsum(volume, axis=0)
    means = (sums[over - 1 :] - np.vstack([np.zeros_like(sums[:1]), sums[:-over]])) / over
    least: FloatArray = means.min(axis=0)
    return least


def design(columns: dict[str, FloatArray], shown: FeatureSet, sectors: np.ndarray) -> tuple[FloatArray, list[str]]:
    """(N, K) what a model is shown, and the name of each column: numeric ones, then one for each sector."""
    names = list(shown.columns)
    parts = [columns[name] for name in names]
    if shown.sectors:
        for sector in sorted(set(sectors.tolist())):
            names.append(f"sector {sector}")
            parts.append((sectors == sector).astype(np.float64))
    return np.column_stack(parts), names
