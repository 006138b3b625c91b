"""QuantStats' charts, made right and at a fifth of what they cost: the only module that knows QuantStats.

Known of quantstats 0.0.86, and mended or walked around here: returns that are never negative and once above 100% are
taken for prices; every rolling ratio ignores the cash rate; its table of falls loses one that begins on the first
day, calls an open one recovered and takes seconds; each chart is drawn three times; text becomes outlines, boxes for
what the font lacks; every sheet logs a missing font over a hundred times. Made here instead of there: its yearly bars
(labelled a year off past ten years), its quantile boxes (only periods that end on a session), its rolling beta (0
before the first window is full).
"""

from __future__ import annotations

import io
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from .sheet_figures import Fall, Series

_WIDE: Final = (8.0, 3.6)
_LOW: Final = (8.0, 2.8)
_OWN: Final = "#348DC1"
_OTHER: Final = "#FEDD78"
_STYLE: Final[Any] = {
    "svg.hashsalt": "undertow",  # same input, same bytes
    "svg.fonttype": "none",  # text as text: the reader's fonts have the glyphs
    "text.parse_math": False,  # a title may hold dollars
    "path.simplify_threshold": 0.4,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
}


class Drawn(NamedTuple):
    """A chart as SVG, or why there is none."""

    name: str
    svg: str
    reason: str = ""


def draw(own: Series, other: Series | None, title: str, benchmark_title: str) -> list[Drawn]:
    """Every chart that means something for these returns, in QuantStats' order.

    Parameters
    ----------
    own, other
        Of the book and of the benchmark, on the same sessions.
    title, benchmark_title
        What legends call them; must hold no markup.
    """
    with _ready() as plots:
        mine = own.returns.rename(title)
        theirs = None if other is None else other.returns.rename(benchmark_title)
        return [_drawn(name, make) for name, make in _charts(plots, own, other, mine, theirs)]


def _charts(
    plots: Any, own: Series, other: Series | None, mine: pd.Series, theirs: pd.Series | None
) -> Iterator[tuple[str, Callable[[], Any] | str]]:
    plain = {"subtitle": False, "show": False, "ylabel": "", "fontname": "DejaVu Sans"}
    ready = {**plain, "prepare_returns": False}
    half, year = max(round(own.per_year / 2), 2), max(round(own.per_year), 2)
    short = "" if mine.size > half else f"needs more than half a year of sessions ({half})"
    broke = float(np.cumprod(1.0 + own.values).min()) <= 0.0
    yield "Cumulative returns", lambda: plots.returns(mine, theirs, figsize=(8, 4.4), **ready)
    yield (
        "Cumulative returns, log scale",
        "the book lost everything" if broke else lambda: plots.log_returns(mine, theirs, figsize=_WIDE, **ready),
    )
    if theirs is not None:
        yield (
            "Cumulative returns, volatility matched",
            lambda: plots.returns(mine, theirs, match_volatility=True, figsize=_WIDE, **ready),
        )
    yield "Returns by calendar year", lambda: _years(own, other, mine.name, None if theirs is None else theirs.name)
    yield "Distribution of monthly returns", _monthly(plots, own, mine, theirs, ready)
    yield "Returns by session", lambda: _sessions(mine)
    if theirs is not None:
        yield "Rolling beta, half a year and a year", short or (lambda: _beta(mine, theirs, half, year))
    over = mine - own.cash
    rolling = {"period": half, "periods_per_year": own.per_year, "figsize": _LOW, **plain}
    yield "Rolling volatility, half a year", short or (lambda: plots.rolling_volatility(mine, **rolling))
    yield "Rolling Sharpe, half a year", short or (lambda: plots.rolling_sharpe(over, **rolling))
    yield "Rolling Sortino, half a year", short or (lambda: plots.rolling_sortino(over, **rolling))
    yield "The five longest falls", lambda: plots.drawdowns_periods(mine, title=mine.name, figsize=_WIDE, **ready)
    yield "Underwater", lambda: plots.drawdown(mine, figsize=_LOW, **plain)


def _drawn(name: str, make: Callable[[], Any] | str) -> Drawn:
    if isinstance(make, str):
        return Drawn(name, "", make)
    try:
        return Drawn(name, _svg(make(), name))
    except Exception as error:  # noqa: BLE001 - a defect of the library must not cost the run its report
        return Drawn(name, "", f"QuantStats could not draw it ({type(error).__name__})")


def _svg(figure: Any, name: str) -> str:
    """The figure as SVG that scales, reads its name aloud, and says nothing of when it was drawn."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    for axes in figure.axes:
        for label in axes.get_xticklabels():
            label.set_rotation(0)
            label.set_horizontalalignment("center")
    figure.suptitle("")
    figure.set_layout_engine("none")
    figure.subplots_adjust(left=0.09, right=0.985, top=0.97, bottom=0.1)
    stream = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)
    canvas.print_svg(stream, metadata={"Date": None, "Creator": None})  # once: savefig draws twice
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    prefix = re.sub(r"\W+", "-", name.lower())
    text = re.sub(r'(id="|xlink:href="#|url\(#)', rf"\g<1>{prefix}-", text)  # identities are unique on a page
    return re.sub(
        r'<svg [^>]*?viewBox="([^"]*)"[^>]*>',
        rf'<svg viewBox="\1" role="img" aria-label="{name}" '
        r'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">',
        text,
        count=1,
    )


def _years(own: Series, other: Series | None, title: Any, benchmark_title: Any) -> Any:
    """Bars by calendar year, in QuantStats' colours."""
    import matplotlib.pyplot as plt

    mine = own.by("Y")
    figure, axes = plt.subplots(figsize=_WIDE)
    at = np.arange(len(mine))
    width = 0.8 if other is None else 0.4
    if other is not None:
        axes.bar(at - 0.2, other.by("Y"), width, color=_OTHER, label=benchmark_title)
    axes.bar(at if other is None else at + 0.2, mine, width, color=_OWN, label=title)
    axes.axhline(0.0, color="black", lw=1)
    step = -(-len(mine) // 12)
    axes.set_xticks(at[::step], [str(year) for year in mine.index[::step]])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    if other is not None:
        axes.legend(fontsize=11)
    plt.close(figure)
    return figure


def _monthly(plots: Any, own: Series, mine: pd.Series, theirs: pd.Series | None, ready: dict[str, Any]) -> Any:
    """QuantStats' histogram, of months already compounded."""
    by_month = own.by("M")
    if len(by_month) < 6 or float(by_month.std()) < 1e-12:
        return "needs at least six months that differ"
    ends = by_month.index.to_timestamp(how="end").normalize()  # type: ignore[attr-defined]
    months = pd.Series(by_month.to_numpy(), ends, name=mine.name)
    beside = (
        None
        if theirs is None
        else pd.Series(Series(theirs, own.cash, own.per_year).by("M").to_numpy(), ends, name=theirs.name)
    )
    return lambda: plots.histogram(months, beside, figsize=_WIDE, compounded=False, **ready)  # one a month: as they are


def _sessions(mine: pd.Series) -> Any:
    """Returns of single sessions, the extremes of each stretch kept."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=_LOW)
    axes.plot(mine.index, mine.to_numpy(), color=_OWN, lw=0.5)
    axes.axhline(0.0, color="black", lw=1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.1%}")
    plt.close(figure)
    return figure


def _beta(mine: pd.Series, theirs: pd.Series, half: int, year: int) -> Any:
    """Rolling beta where there is one: QuantStats draws zero before the first window is full."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=_LOW)
    for window, colour, label in ((half, _OWN, "half a year"), (year, "gray", "a year")):
        if mine.size > window:
            slope = mine.rolling(window).cov(theirs) / theirs.rolling(window).var()
            axes.plot(mine.index, slope.to_numpy(), color=colour, lw=1.3, label=label)
    axes.axhline(0.0, color="black", lw=1, ls="--")
    axes.legend(fontsize=11)
    plt.close(figure)
    return figure


@contextmanager
def _ready() -> Iterator[Any]:
    """QuantStats' plots, with what misleads in it replaced for as long as the block lasts."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.CRITICAL)
    os.environ.setdefault("MPLBACKEND", "Agg")
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.figure
    import quantstats as qs
    from quantstats import stats, utils

    layouts: Any = matplotlib.figure.Figure

    kept = utils._prepare_returns, stats.drawdown_details, layouts.tight_layout, layouts.autofmt_xdate
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # quantstats' own, none of ours reaches it
        utils._prepare_returns, stats.drawdown_details = _as_they_are, _falls
        layouts.tight_layout = layouts.autofmt_xdate = _laid_out  # of a chart's time a fifth, and undone afterwards
        try:
            yield qs.plots
        finally:
            utils._prepare_returns, stats.drawdown_details, layouts.tight_layout, layouts.autofmt_xdate = kept


def _laid_out(*_: Any, **__: Any) -> None:
    """Margins and the ways of labels are set when a chart is written."""


def _as_they_are(data: Any, *_: Any, **__: Any) -> Any:
    """Returns are returns, whatever they look like."""
    return data.copy()


def _falls(drawdown: pd.Series) -> pd.DataFrame:
    """QuantStats' table of falls, with those it loses."""
    from .sheet_figures import falls

    index = pd.DatetimeIndex(drawdown.index)
    found: list[Fall] = falls(drawdown.to_numpy(np.float64), index)
    return pd.DataFrame(
        {
            "start": [fall.start for fall in found],
            "end": [f"{index[fall.last]:%Y-%m-%d}" for fall in found],
            "days": [fall.days for fall in found],
            "max drawdown": [100.0 * fall.depth for fall in found],
        }
    )
