"""A back-test of thresholds: what amber and red at others would have called, and which one would have chosen.

What came stays as it is, green, amber or red by the study's own definition; only the thresholds at which a measure
calls amber and red move: quantiles of an index for what estimates the index, probabilities for a classifier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from signals.stress.validation import Bootstrap, Interval, Scored, block_weights, interval
from signals.stress.validation.metrics import ratios
from simulator.core.types import BoolArray, FloatArray

from .measures import Measure, Pair

SCORES: Final = (
    *("alert_share", "ws", "wws", "tra", "alert_precision", "balance", "onset_recall", "lead_days"),
    "false_alarms_a_year",
)


class Choice(NamedTuple):
    """The pair that the past alone would have chosen for a year, and how it then did."""

    year: int
    decided: np.datetime64  # the first session of the year
    known: int  # test days whose status was published by then
    pair: Pair
    scores: Mapping[str, float]
    fixed: Mapping[str, float]  # of the calls as made, on the same days


@dataclass(frozen=True, eq=False)
class ThresholdTest:
    """The back-test of one measure.

    Attributes
    ----------
    pairs
        Scores of each pair with intervals.
    called
        Scores of the calls as made.
    standard
        The pair that gives those; ``None`` if no pair does.
    choices
        Year by year.
    chosen, fixed
        Scores of the years together: of the pairs chosen, and of the calls as made on the same days.
    gap
        Their paired difference.
    """

    pairs: Mapping[Pair, Mapping[str, Interval]]
    called: Mapping[str, Interval]
    standard: Pair | None
    choices: Sequence[Choice]
    chosen: Mapping[str, Interval]
    fixed: Mapping[str, Interval]
    gap: Mapping[str, Interval]

    @property
    def best(self) -> Pair:
        """The pair with the best balance over all years: hindsight."""
        return max(self.pairs, key=lambda pair: _filled(self.pairs[pair]["balance"].value))


def threshold_test(measured: Measure, how: Bootstrap) -> ThresholdTest:
    """Back-test a measure at every pair, and choose each year by what was published before its first session.

    Chosen is the pair with the best ``balance``, the harmonic mean of the weighted warning score and the share of
    warnings that were right (a warning of the wrong one of amber and red counts one half in both); ties go to the pair
    nearest the measure's middle one. The first test year has no past and chooses nothing.
    """
    called = {pair: measured.at(pair) for pair in measured.pairs}
    tables = {pair: _sums(calls) for pair, calls in called.items()}
    made = _sums(measured.scored) if measured.standard is None else tables[measured.standard]
    sessions = measured.scored.dates.size
    with threadpool_limits(limits=1):  # one order of summation on every machine
        weights = block_weights(sessions, how.draws, how.block, how.seed)
        scores = {pair: _intervals(table, weights, how.level) for pair, table in tables.items()}
        as_made = _intervals(made, weights, how.level)
        choices = list(_choices(measured, tables, made))
        if not choices:
            return ThresholdTest(scores, as_made, measured.standard, (), {}, {}, {})
        later = measured.scored.dates >= choices[0].decided
        drawn = block_weights(int(later.sum()), how.draws, how.block, how.seed)
        own, fixed = _sums(_spliced(measured.scored, called, choices)).rows(later), made.rows(later)
        both = [_intervals(table, drawn, how.level) for table in (own, fixed)]
        gap = _gaps(own, fixed, drawn, how.level)
        return ThresholdTest(scores, as_made, measured.standard, choices, both[0], both[1], gap)


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
        return dict(zip(SCORES, (float(score) for score in self.scores()), strict=True))


def _choices(measured: Measure, tables: Mapping[Pair, _Sums], made: _Sums) -> Iterator[Choice]:
    scored = measured.scored
    years = scored.dates.astype("datetime64[Y]")
    for year in np.unique(years)[1:]:
        rows = years == year
        decided = scored.dates[rows][0]
        known = scored.known_at <= decided
        if not (known & (scored.actual > 0.0)).any():
            continue
        pair = choose(tables, known, measured.middle)
        own, fixed = (sums.rows(rows).plain() for sums in (tables[pair], made))
        yield Choice(int(year.astype(int)) + 1970, decided, int(known.sum()), pair, own, fixed)


def choose(tables: Mapping[Pair, _Sums], known: BoolArray, middle: Pair) -> Pair:
    """The pair with the best balance on sessions whose status is ``known`` (n,); of ties, that nearest ``middle``."""
    balance = {pair: _filled(table.rows(known).plain()["balance"]) for pair, table in tables.items()}
    return min(balance, key=lambda pair: (-balance[pair], abs(pair.amber - middle.amber), abs(pair.red - middle.red)))


def _spliced(scored: Scored, called: Mapping[Pair, Scored], choices: Sequence[Choice]) -> Scored:
    """The calls of each year by the pair chosen for it."""
    status = scored.status.copy()
    for choice in choices:
        later = scored.dates >= choice.decided
        status[later] = called[choice.pair].status[later]
    return replace(scored, status=status)


def _sums(scored: Scored) -> _Sums:
    table = ratios(scored, ("green", "amber", "red"))
    hits, stressed = table["wws"]
    table["balance"] = (2.0 * hits, stressed + table["alert_precision"][1])
    tops = np.column_stack([table[name][0] for name in SCORES])
    lows = np.column_stack([table[name][1] for name in SCORES])
    tops[:, SCORES.index("false_alarms_a_year")] *= scored.sessions_per_year
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
