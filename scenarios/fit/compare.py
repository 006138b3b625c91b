"""History among the paths of a generator that was fitted on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from reports.fit import Compared, Curve
from scenarios.paths.drawn import Drawn
from scenarios.paths.generated import Generated
from scenarios.paths.history import sessions_a_year
from scenarios.progress import Progress
from simulator.core.types import FloatArray

from .figures import (
    FIGURES,
    LAGS,
    LOSSES,
    ReturnStretch,
    autocorrelation,
    by_decile,
    mean_correlation,
    mean_correlation_in_falls,
    tail,
)

#: Nine in ten paths lie within, and the median.
QUANTILES: Final = (0.05, 0.5, 0.95)
#: Correlations among assets, beside the figures of the book.
_TOGETHER: Final = (
    ("correlation", "Correlation of two assets"),
    ("correlation_in_falls", "Correlation of two assets, worst 5% of sessions"),
)
_GROWTH_POINTS: Final = 400


class FigureCompared(NamedTuple):
    """Everything compared of one stretch.

    Attributes
    ----------
    book
        Figures of the book, then correlations.
    assets
        (N, figures).
    curves
        Autocorrelation of squares, tail, volume by decile, growth.
    """

    book: FloatArray
    assets: FloatArray
    curves: tuple[FloatArray, ...]


class Comparison(NamedTuple):
    """History and paths.

    Attributes
    ----------
    book
        Figures of the book.
    assets
        By name.
    curves
        Squares, losses, volumes, growth.
    drawdowns
        (P,) of the book on paths, and of history.
    told
        What each path has to tell of its event.
    """

    book: Sequence[Compared]
    assets: Mapping[str, Sequence[Compared]]
    curves: tuple[Curve, ...]
    drawdowns: FloatArray
    drawdown: float
    told: Sequence[Mapping[str, Any]]


def compared(paths: Generated, weights: FloatArray, count: int, progress: Progress) -> Comparison:
    """Draw paths as long as history, and see where it lies among them.

    Parameters
    ----------
    paths
        The generator, fitted.
    weights
        (N,) of the book, rebalanced each session; what they leave to one earns nothing.
    count
        Paths 1 to ``count`` are drawn.
    progress
        Hears how many are.
    """
    history = paths.history
    year = sessions_a_year(history.market)
    own = measured(Drawn(history.returns, history.volume, history.spread, np.arange(history.rows.size)), weights, year)
    found, told = [], []
    progress("paths", 0, count)
    for number in range(1, count + 1):
        drawn, said = paths.like_history(number)
        found.append(measured(drawn, weights, year))
        told.append(said)
        progress("paths", number, count)
    names = [(figure.name, figure.title, figure.unit) for figure in FIGURES]
    pairs = [(name, title, "plain") for name, title in _TOGETHER]
    book = _among([*names, *pairs], own.book, np.array([path.book for path in found]))
    by_asset = {
        asset: _among(names, own.assets[n], np.array([path.assets[n] for path in found]))
        for n, asset in enumerate(history.market.assets)
    }
    place = [figure.name for figure in FIGURES].index("max_drawdown")
    return Comparison(
        book,
        by_asset,
        tuple(_curves(own, found, history.rows.size)),
        np.array([path.book[place] for path in found]),
        float(own.book[place]),
        told,
    )


def measured(drawn: Drawn, weights: FloatArray, year: int) -> FigureCompared:
    """The figures and curves of some sessions."""
    book = book_returns(drawn.returns, weights)
    volume = None if drawn.volume is None else _mean_volume(drawn.volume)
    whole = ReturnStretch(book, volume, year)
    figures = [
        *(figure.of(whole) for figure in FIGURES),
        mean_correlation(drawn.returns),
        mean_correlation_in_falls(drawn.returns, book),
    ]
    own = [
        ReturnStretch(drawn.returns[:, n], None if drawn.volume is None else drawn.volume[:, n], year)
        for n in range(drawn.returns.shape[1])
    ]
    curves = (
        autocorrelation(book**2, LAGS),
        tail(book),
        np.full(10, np.nan) if volume is None else by_decile(whole),
        np.exp(np.cumsum(book))[_shown(book.size)],
    )
    assets = np.array([[figure.of(stretch) for figure in FIGURES] for stretch in own])
    return FigureCompared(np.array(figures), assets, curves)


def book_returns(returns: FloatArray, weights: FloatArray) -> FloatArray:
    """(L,) log returns of a book that is brought back to its weights at every close, at no cost.

    ``returns`` are (L, N) logs a session, weights (N,) fractions of the book.
    """
    gains = np.einsum("li,i->l", np.expm1(returns), weights)
    return np.log1p(np.maximum(gains, -0.999))


def _mean_volume(volume: FloatArray) -> FloatArray:
    """(L,) mean over assets of log relative volume; NaN where none traded."""
    known = np.isfinite(volume)
    count = known.sum(axis=1)
    total = np.where(known, volume, 0.0).sum(axis=1)
    return np.divide(total, count, out=np.full(count.size, np.nan), where=count > 0)


def _shown(sessions: int) -> Any:
    return np.unique(np.linspace(0, sessions - 1, min(sessions, _GROWTH_POINTS)).astype(np.int64))


def _among(names: Sequence[tuple[str, str, str]], history: FloatArray, paths: FloatArray) -> list[Compared]:
    rows = zip(names, history.tolist(), _quantiles(paths).T.tolist(), strict=True)
    return [Compared(*name, own, *band) for name, own, band in rows]


def _quantiles(paths: FloatArray) -> FloatArray:
    """(3, ...) quantiles over paths that define a figure; NaN where none does."""
    whole = np.full((len(QUANTILES), *paths.shape[1:]), np.nan)
    known = np.isfinite(paths).any(axis=0)
    whole[:, known] = np.nanquantile(paths[:, known], QUANTILES, axis=0)
    return whole


def _curves(own: FigureCompared, found: Sequence[FigureCompared], sessions: int) -> Iterator[Curve]:
    axes = (np.arange(1.0, LAGS + 1), LOSSES, np.arange(1.0, 11.0), _shown(sessions) + 1.0)
    for place, x in enumerate(axes):
        paths = np.array([path.curves[place] for path in found])
        if place == 1:
            paths = np.nan_to_num(paths)  # a path without such a loss has a share of none
        yield Curve(x, own.curves[place], *_quantiles(paths))
