"""Whether the history of a series knows the market's future: a test of its values, whatever its release rule says.

No replay can see it: a history that was smoothed or estimated later is the same at every cut. What gives it away is
that its changes move with returns of the market that came after it was published.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.core.market import MarketData
from simulator.core.series import ExogenousSeries
from simulator.core.types import BoolArray, FloatArray, IntArray
from simulator.features import Workspace

#: Steps of a series' own rhythm that are looked ahead, and back.
STEPS: Final = 4
#: A series is named where the chance of it, were no series to know anything, is below this for all of them together.
LEVEL: Final = 0.01
#: Changes below this number say nothing.
LEAST: Final = 60
_CLIPPED: Final = 0.005
_HOLE: Final = 3


@dataclass(frozen=True, eq=False)
class Foreknowledge:
    """How the changes of a series move with what the market did after it was published.

    Attributes
    ----------
    series
        Its name.
    changes
        How many changes were looked at; 0 where there are too few, and nothing else is known then.
    step_days
        Calendar days from one value to the next.
    over
        Steps that were over when a value was published: their returns may be in it.
    slopes
        (STEPS; empty where nothing is known) standard deviations by which a change is higher when the market's return
        of every step up to this one after publication is one standard deviation higher, and those before are the same.
    low, high
        (STEPS,) its interval at 99%, for each by itself.
    t
        (STEPS,) slopes over their standard errors, which allow for changing variance and for memory of both.
    p
        Chance of slopes as far from zero, if it knows nothing, corrected for the number of slopes and of series; NaN
        unknown.
    """

    series: str
    changes: int
    step_days: int = 0
    over: int = 0
    slopes: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    t: tuple[float, ...] = ()
    p: float = float("nan")

    @property
    def knows(self) -> bool:
        """Whether it is named."""
        return self.p < LEVEL


def foreknowledge(market: MarketData) -> tuple[Foreknowledge, ...]:
    """Every series of a market against the returns of its equally weighted book.

    A change of a series is explained by its :data:`STEPS` changes before, by returns over as many steps of its own
    rhythm before it, the present one, those that were over by its publication, and :data:`STEPS` after. If its history
    knows nothing, the last have slopes of zero. Tested are their sums over one step to all of them, and all of them
    together, with the covariance of Newey & West (1987); the smallest p counts, corrected for these five tests and, by
    Holm (1979), for the number of series. Changes and returns beyond their 0.5% quantiles are cut back to these.
    """
    book = Workspace(market).book_log
    found = [_against(series, market, book) for series in market.series.values()]
    return tuple(_corrected(found))


def _corrected(found: list[Foreknowledge]) -> list[Foreknowledge]:
    from statsmodels.stats.multitest import multipletests

    tested = [number for number, foreknown in enumerate(found) if not np.isnan(foreknown.p)]
    if tested:
        _, adjusted, _, _ = multipletests([found[number].p for number in tested], method="holm")
        for number, p in zip(tested, adjusted, strict=True):
            found[number] = replace(found[number], p=float(p))
    return found


def _against(series: ExogenousSeries, market: MarketData, book: FloatArray) -> Foreknowledge:
    rows, at = _observed(series, market)
    if rows.size < LEAST + 2 * STEPS:
        return Foreknowledge(series.name, 0)
    over = _over(series, rows)
    step = np.concatenate([[np.nan], np.diff(book[at])])
    explained = _change(series.values[rows])
    usable = np.concatenate([[False], np.diff(at) <= _HOLE * max(int(np.median(np.diff(at))), 1)])
    lags = np.arange(-STEPS, over + STEPS + 1)
    past = np.column_stack([_shifted(_clipped(explained), -lag) for lag in range(1, STEPS + 1)])
    given = np.column_stack([past, *(_shifted(_clipped(step), int(lag)) for lag in lags)])
    usable &= np.isfinite(given).all(axis=1) & np.isfinite(explained)
    days = int(np.median(np.diff(series.dates[rows]).astype(np.int64)))
    if usable.sum() < LEAST + given.shape[1] or np.ptp(explained[usable]) == 0.0:
        return Foreknowledge(series.name, 0)
    return _tested(series.name, _clipped(explained[usable]), given[usable], days, over)


def _observed(series: ExogenousSeries, market: MarketData) -> tuple[IntArray, IntArray]:
    """Rows of a series with a value within the market's sessions, the last of each session, and that session."""
    sessions = market.sessions
    rows = np.flatnonzero(~np.isnan(series.values) & (series.dates >= sessions[0]) & (series.dates <= sessions[-1]))
    at = np.searchsorted(sessions, series.dates[rows], side="right") - 1
    last: BoolArray = np.append(np.diff(at) > 0, np.ones(min(at.size, 1), bool))
    return rows[last], np.asarray(at[last], np.int64)


def _over(series: ExogenousSeries, rows: IntArray) -> int:
    """Steps of its own that are usually over when a value is published."""
    dates = series.dates[rows]
    later = np.searchsorted(dates, series.known_at[rows], side="right") - 1 - np.arange(rows.size)
    return int(np.median(later[: -STEPS or None]))


def _change(values: FloatArray) -> FloatArray:
    """(M,) change from the value before, of the logarithm where all are positive; NaN for the first."""
    level = np.log(values) if values.min() > 0.0 else values
    return np.concatenate([[np.nan], np.diff(level)])


def _shifted(values: FloatArray, by: int) -> FloatArray:
    """(M,) the value ``by`` rows later; NaN where there is none."""
    out = np.full(values.size, np.nan)
    if by >= 0:
        out[: values.size - by] = values[by:]
    else:
        out[-by:] = values[:by]
    return out


def _clipped(values: FloatArray) -> FloatArray:
    low, high = np.nanquantile(values, (_CLIPPED, 1.0 - _CLIPPED))
    if low == high:
        return values
    return np.asarray(np.clip(values, low, high))


def _standard(values: FloatArray) -> FloatArray:
    spread = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0))


def _tested(name: str, explained: FloatArray, given: FloatArray, days: int, over: int) -> Foreknowledge:
    from scipy.stats import norm
    from statsmodels.regression.linear_model import OLS

    size = explained.size
    memory = max(2 * STEPS, int(4 * (size / 100) ** (2 / 9)))
    columns = np.column_stack([np.ones(size), _standard(given)])
    model = OLS(_standard(explained), columns)
    fitted = model.fit(cov_type="HAC", cov_kwds={"maxlags": memory, "use_correction": True}, use_t=True)
    ahead = np.eye(columns.shape[1])[-STEPS:]
    sums = fitted.t_test(np.cumsum(ahead, axis=0))
    chances = [*sums.pvalue, float(fitted.f_test(ahead).pvalue)]
    wide = norm.ppf(1.0 - LEVEL / 2.0)
    return Foreknowledge(
        series=name,
        changes=size,
        step_days=days,
        over=over,
        slopes=_numbers(sums.effect),
        low=_numbers(sums.effect - wide * sums.sd),
        high=_numbers(sums.effect + wide * sums.sd),
        t=_numbers(sums.tvalue),
        p=min(1.0, len(chances) * min(chances)),
    )


def _numbers(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def in_words(known: Foreknowledge) -> str:
    """A series that knows the future, in a sentence."""
    steps, each = f"{STEPS} steps", f"{known.step_days} day{'s' if known.step_days > 1 else ''} each"
    return (
        f"its changes move with returns of the market after its publication, over one to {steps} ({each}): "
        f"t {', '.join(f'{value:+.1f}' for value in known.t)}; p {known.p:.1g}, corrected for all series. Its history "
        "was made with later data, or it foretells the market"
    )
