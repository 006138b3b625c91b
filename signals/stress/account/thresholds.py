"""A back-test of thresholds: what amber and red at other quantiles would have called, and what one would have chosen.

What came stays as it is, green, amber or red by the study's own definition; only the thresholds at which a measure
calls amber and red move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from signals.stress.labels.tiers import tiers
from signals.stress.validation import Bootstrap, Interval, Scored, block_weights, interval
from signals.stress.validation.metrics import ratios
from simulator.core.errors import PluginError
from simulator.core.types import SESSIONS_PER_YEAR, BoolArray, FloatArray


class Pair(NamedTuple):
    """Quantiles above which a measure calls amber, and red."""

    amber: float
    red: float


#: The paper's pair, and pairs around it.
STANDARD: Final = Pair(0.85, 0.95)
PAIRS: Final = tuple(Pair(amber, red) for amber in (0.75, 0.80, 0.85, 0.90) for red in (0.925, 0.95, 0.975))
SCORES: Final = (
    *("alert_share", "ws", "wws", "tra", "alert_precision", "balance", "onset_recall", "lead_days"),
    "false_alarms_a_year",
)


@dataclass(frozen=True, eq=False)
class Measured:
    """A measure and where it calls.

    Attributes
    ----------
    scored
        Its forecasts at :data:`STANDARD`, with what came.
    values
        (n,) the measure on the same sessions.
    thresholds
        Gives (n, 2) thresholds of a pair of quantiles on each of them, from what was known by its close.
    """

    scored: Scored
    values: FloatArray
    thresholds: Callable[[Pair], FloatArray]

    def at(self, pair: Pair) -> Scored:
        """The forecasts with the calls of a pair."""
        status = tiers(self.values, self.thresholds(pair))
        if np.isnan(status).any():
            raise PluginError("a measure must have a value and thresholds on every session that is scored")
        return replace(self.scored, status=status)


class Choice(NamedTuple):
    """The pair that the past alone would have chosen for a year, and how it then did."""

    year: int
    decided: np.datetime64  # the first session of the year
    known: int  # test days whose status was published by then
    pair: Pair
    scores: Mapping[str, float]
    fixed: Mapping[str, float]  # of STANDARD, on the same days


@dataclass(frozen=True, eq=False)
class ThresholdTest:
    """The back-test of one measure.

    Attributes
    ----------
    pairs
        Scores of each pair with intervals.
    choices
        Year by year.
    chosen, fixed
        Scores of the years together: of the pairs chosen, and of :data:`STANDARD` on the same days.
    gap
        Their paired difference.
    """

    pairs: Mapping[Pair, Mapping[str, Interval]]
    choices: Sequence[Choice]
    chosen: Mapping[str, Interval]
    fixed: Mapping[str, Interval]
    gap: Mapping[str, Interval]

    @property
    def best(self) -> Pair:
        """The pair with the best balance over all years: hindsight."""
        return max(self.pairs, key=lambda pair: _filled(self.pairs[pair]["balance"].value))


def threshold_test(measured: Measured, how: Bootstrap, pairs: Sequence[Pair] = PAIRS) -> ThresholdTest:
    """Back-test a measure at every pair, and choose each year by what was published before its first session.

    Chosen is the pair with the best ``balance``, the harmonic mean of the weighted warning score and the share of
    warnings that were right (a warning of the wrong one of amber and red counts one half in both); ties go to the pair
    nearest :data:`STANDARD`. The first test year has no past and chooses nothing.
    """
    called = {pair: measured.at(pair) for pair in pairs}
    tables = {pair: _sums(one) for pair, one in called.items()}
    sessions = measured.scored.dates.size
    with threadpool_limits(limits=1):  # one order of summation on every machine
        weights = block_weights(sessions, how.draws, how.block, how.seed)
        scores = {pair: _intervals(table, weights, how.level) for pair, table in tables.items()}
        choices = list(_choices(measured.scored, tables))
        if not choices:
            return ThresholdTest(scores, (), {}, {}, {})
        later = measured.scored.dates >= choices[0].decided
        drawn = block_weights(int(later.sum()), how.draws, how.block, how.seed)
        own, fixed = _sums(_spliced(measured.scored, called, choices)).rows(later), tables[STANDARD].rows(later)
        both = [_intervals(table, drawn, how.level) for table in (own, fixed)]
        return ThresholdTest(scores, choices, both[0], both[1], _gaps(own, fixed, drawn, how.level))


class _Sums(NamedTuple):
    """Numerators and denominators (n, scores) of :data:`SCORES`, session by session."""

    tops: FloatArray
    lows: FloatArray

    def rows(self, chosen: BoolArray) -> _Sums:
        return _Sums(self.tops[chosen], self.lows[chosen])

    def scores(self) -> FloatArray:
        """(scores,)."""
        return _over(self.tops.sum(axis=0), self.lows.sum(axis=0))

    def drawn(self, weights: FloatArray) -> FloatArray:
        """(draws, scores)."""
        return _over(weights @ self.tops, weights @ self.lows)

    def plain(self) -> dict[str, float]:
        """Scores without intervals; NaN where undefined."""
        return dict(zip(SCORES, (float(one) for one in self.scores()), strict=True))


def _choices(scored: Scored, tables: Mapping[Pair, _Sums]) -> Iterator[Choice]:
    years = scored.dates.astype("datetime64[Y]")
    for year in np.unique(years)[1:]:
        rows = years == year
        decided = scored.dates[rows][0]
        known = scored.known_at <= decided
        if not (known & (scored.actual > 0.0)).any():
            continue
        pair = choose(tables, known)
        own, fixed = (tables[one].rows(rows).plain() for one in (pair, STANDARD))
        yield Choice(int(year.astype(int)) + 1970, decided, int(known.sum()), pair, own, fixed)


def choose(tables: Mapping[Pair, _Sums], known: BoolArray) -> Pair:
    """The pair with the best balance on the sessions whose status is ``known`` (n,)."""
    balance = {pair: _filled(one.rows(known).plain()["balance"]) for pair, one in tables.items()}
    return min(balance, key=lambda pair: (-balance[pair], *_distance(pair)))


def _distance(pair: Pair) -> tuple[float, float]:
    return abs(pair.amber - STANDARD.amber), abs(pair.red - STANDARD.red)


def _spliced(scored: Scored, called: Mapping[Pair, Scored], choices: Sequence[Choice]) -> Scored:
    """The calls of each year by the pair chosen for it."""
    status = scored.status.copy()
    for one in choices:
        later = scored.dates >= one.decided
        status[later] = called[one.pair].status[later]
    return replace(scored, status=status)


def _sums(scored: Scored) -> _Sums:
    table = ratios(scored, ("green", "amber", "red"))
    hits, stressed = table["wws"]
    table["balance"] = (2.0 * hits, stressed + table["alert_precision"][1])
    tops = np.column_stack([table[name][0] for name in SCORES])
    lows = np.column_stack([table[name][1] for name in SCORES])
    tops[:, SCORES.index("false_alarms_a_year")] *= SESSIONS_PER_YEAR
    return _Sums(tops, lows)


def _over(tops: FloatArray, lows: FloatArray) -> FloatArray:
    return np.divide(tops, lows, out=np.full(tops.shape, np.nan), where=lows > 0.0)


def _intervals(table: _Sums, weights: FloatArray, level: float) -> dict[str, Interval]:
    value, drawn = table.scores(), table.drawn(weights)
    return {name: interval(float(value[k]), drawn[:, k], level) for k, name in enumerate(SCORES)}


def _gaps(one: _Sums, other: _Sums, weights: FloatArray, level: float) -> dict[str, Interval]:
    value, drawn = one.scores() - other.scores(), one.drawn(weights) - other.drawn(weights)
    return {name: interval(float(value[k]), drawn[:, k], level) for k, name in enumerate(SCORES)}


def _filled(value: float) -> float:
    return -1.0 if np.isnan(value) else value
