"""Every figure of every output, once: what it is called, what it is, how it is made.

A new figure of a policy is one entry of :data:`POLICY`. It then stands in ``metrics.json`` and ``metrics.csv``, on the
comparison page with its definition, in tear-sheets, on the terminal if it has a ``brief`` name, in sweeps if the kernel
has a ``column`` for it, in verdicts if it has a ``paired`` form, and in ``simulator/metrics/README.md``, which
:mod:`simulator.metrics.document` writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from simulator.core import abi
from simulator.core.types import FloatArray

from . import books, performance, trading
from .arrays import RunArrays
from .drawdown import deepest, recovery_sessions
from .flow_measures import FLOWS, SWEPT_ALONE
from .measure import DOWN, NEITHER, UP, Figure, Measure, by_name, least


def _mean(values: FloatArray) -> float | None:
    return None if least(values) is None else float(np.nanmean(values))


def _alive(figure: Callable[[RunArrays], Figure]) -> Callable[[RunArrays], Figure]:
    """Undefined for a book that came to be worth nothing: it has no rate of growth, and none of its risk is annual."""
    return lambda run: None if run.over else figure(run)


def _annual(daily: Callable[[RunArrays], FloatArray]) -> Callable[[RunArrays], Figure]:
    """The sum of a daily figure over calendar years; undefined for a single session."""
    return lambda run: float(daily(run).sum() / run.years) if run.years else None


def _volatility(run: RunArrays) -> Figure:
    returns, _, per_year = run.observations
    return performance.annual_volatility(returns, per_year)


def _nav_gross(run: RunArrays) -> Figure:
    """The whole book, where that is not what belongs to those who stayed, or something ever waited."""
    gross = float(run.record.out.nav[-1])
    return None if gross == float(run.record.stayers[-1]) and not run.shortfalls[0].size else gross


#: What a ranking, a verdict and a table of a sweep go by unless something else is asked for.
LEADING: Final = "sharpe"

#: The figures of a policy, in the order of ``metrics.json``.
POLICY: Final[dict[str, Measure[RunArrays]]] = by_name(
    (
        Measure(
            name="cagr",
            title="CAGR",
            brief="CAGR",
            phrase="growth a year",
            unit="fraction",
            better=UP,
            definition="Compound annual growth of what was invested at the start, over calendar time and net of all "
            "costs. Time-weighted: what investors bring or take is no return.",
            of=_alive(lambda run: performance.cagr(run.daily_returns, run.sessions)),
            column="cagr",
            paired=books.growths,
        ),
        Measure(
            name="irr",
            title="Money-weighted",
            unit="fraction",
            better=UP,
            definition="Internal rate of return a year: at it what investors brought grows to what they took and still "
            "have. Equal to CAGR where nothing flows; beside it, it says what the timing of flows did to them.",
            of=_alive(lambda run: run.money_weighted),
            column="irr",
        ),
        Measure(
            name="volatility",
            title="Volatility",
            brief="vol",
            unit="fraction",
            better=DOWN,
            definition="Standard deviation of returns, annualised by the sessions a year on which something the policy "
            "held had a price.",
            of=_alive(_volatility),
            column="volatility",
        ),
        Measure(
            name="sharpe",
            title="Sharpe",
            brief="Sharpe",
            phrase="Sharpe ratio",
            unit="ratio",
            better=UP,
            definition="Mean return over what cash earned each session, over its standard deviation, annualised "
            "(Sharpe 1994).",
            of=_alive(lambda run: performance.sharpe(*run.observations)),
            column="sharpe",
            paired=books.sharpes,
        ),
        Measure(
            name="sortino",
            title="Sortino",
            brief="Sortino",
            unit="ratio",
            better=UP,
            definition="Mean return over what cash earned each session, over the root mean square of those below it, "
            "annualised.",
            of=_alive(lambda run: performance.sortino(*run.observations)),
            column="sortino",
        ),
        Measure(
            name="max_drawdown",
            title="Max drawdown",
            brief="max dd",
            phrase="deepest fall",
            unit="fraction",
            better=UP,
            definition="Deepest fall of what was invested at the start below its highest value so far.",
            of=lambda run: deepest(run.observations.returns),
            column="max_drawdown",
            paired=books.falls,
        ),
        Measure(
            name="recovery_sessions",
            title="Recovery, sessions",
            brief="recovery",
            unit="sessions",
            better=DOWN,
            definition="Sessions from the bottom of the deepest fall until its former high is regained. Those on which "
            "nothing the book ever held traded do not count.",
            of=_alive(lambda run: recovery_sessions(run.observations.returns)),
            undefined="not yet",
            column="recovery_sessions",
        ),
        Measure(
            name="turnover_annual",
            title="Turnover a year",
            brief="turnover",
            unit="fraction",
            better=DOWN,
            definition="Each session's larger of buys and sells over nav, summed, a year; the first investment and "
            "sales for redemptions left out.",
            of=_annual(lambda run: run.turnover),
            column="turnover_annual",
        ),
        Measure(
            name="turnover_halved_annual",
            title="Turnover halved",
            unit="fraction",
            better=DOWN,
            definition="Half of each session's buys and sells together over nav, summed, a year; likewise.",
            of=_annual(lambda run: run.turnover_halved),
        ),
        Measure(
            name="cost_bps_annual",
            title="Cost, bps a year",
            brief="cost bps",
            phrase="cost in basis points a year",
            unit="bps",
            better=DOWN,
            definition="All costs of trading, each session's over what its return is measured against, summed, a year.",
            of=_annual(lambda run: run.cost_bps),
            column="cost_bps_annual",
            paired=books.costs,
        ),
        Measure(
            name="cost_components_bps_annual",
            title="Cost by component, bps a year",
            unit="bps",
            better=DOWN,
            definition="What that cost consists of.",
            of=lambda run: trading.component_means(run.cost_bps, run.years) if run.years else {},
            parts=abi.COMPONENTS,
        ),
        Measure(
            name="displacement_bps_annual",
            title="Displacement, bps a year",
            unit="bps",
            better=DOWN,
            definition="What filling at prices moved by the book's own earlier trades cost on top; negative: gained.",
            of=_annual(lambda run: run.displacement_bps),
        ),
        Measure(
            name="liquid_share_min",
            title="Liquid share, least",
            brief="liquid",
            unit="fraction",
            better=UP,
            definition="Share of nav that could be raised under the stated stress, at the worst close.",
            of=lambda run: least(run.liquid_share),
            column="liquidity_min",
        ),
        Measure(
            name="coverage_min",
            title="Coverage, least",
            brief="cov min",
            unit="ratio",
            better=UP,
            definition="Cash that could be raised under the stated stress, over what is owed and the stated "
            "redemptions, at the worst close. Below 1 it would not do.",
            of=lambda run: least(run.coverage),
            column="coverage_min",
        ),
        Measure(
            name="coverage_mean",
            title="Coverage, mean",
            brief="cov mean",
            unit="ratio",
            better=UP,
            definition="The same, on average over the closes at which it is known.",
            of=lambda run: _mean(run.coverage),
        ),
        Measure(
            name="final_nav",
            title="Final nav",
            brief="nav",
            unit="currency",
            better=UP,
            definition="Net asset value at the last close that belongs to those who stayed, net of redemptions owed.",
            of=lambda run: float(run.record.stayers[-1]),
            column="nav_end",
        ),
        Measure(
            name="final_nav_gross",
            title="Final nav, gross",
            unit="currency",
            better=NEITHER,
            definition="The whole book at the last close, with what is owed to those who left.",
            of=_nav_gross,
            paged=False,
            optional=True,
        ),
        Measure(
            name="ruined",
            title="Ruined",
            unit="date",
            better=NEITHER,
            definition="The session at whose close the book was worth nothing or less: its run ended there.",
            of=lambda run: None if run.record.ruined is None else str(run.sessions[run.record.ruined]),
            paged=False,
            optional=True,
        ),
        Measure(
            name="decisions",
            title="Decisions",
            unit="count",
            better=NEITHER,
            definition="Times the policy decided on new weights.",
            of=lambda run: len(run.record.decisions),
            paged=False,
        ),
        Measure(
            name="trades",
            title="Trades",
            unit="count",
            better=NEITHER,
            definition="Fills.",
            of=lambda run: len(run.record.trades),
        ),
        Measure(
            name="fill_sessions_mean",
            title="Sessions to fill",
            unit="sessions",
            better=DOWN,
            digits=1,
            definition="Sessions that a decision took from its first fill to its last, both counted, on average; the "
            "first investment left out.",
            of=lambda run: float(run.sessions_to_fill.mean()) if run.sessions_to_fill.size else None,
        ),
    )
)


def swept() -> tuple[Measure[RunArrays], ...]:
    """The measures of sweeps under their names there, in the order in which the kernel writes them."""
    known = {
        measure.column: replace(measure, name=measure.column)
        for group in (POLICY, FLOWS, SWEPT_ALONE)
        for measure in group.values()
        if measure.column
    }
    return tuple(known[name] for name in abi.FIGURES)


def compared(measures: Mapping[str, Measure[RunArrays]]) -> dict[str, Measure[RunArrays]]:
    """Those that have a paired form, the leading one first."""
    ordered = sorted(measures.values(), key=lambda measure: measure.name != LEADING)
    return {measure.name: measure for measure in ordered if measure.paired is not None}


#: What books are compared by.
PAIRED: Final = compared(POLICY)
