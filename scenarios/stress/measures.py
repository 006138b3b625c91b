"""What a policy comes to under stress: one measure for each column of ``results.parquet``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.engine.liquid import conditions_of, coverage_ratios, limits_broken
from simulator.ledger import Kind
from simulator.ledger.events import NOTHING_LEFT
from simulator.ledger.record import ratio
from simulator.metrics import FLOWS, POLICY, SPAN, Measure, RunArrays, limit_days
from simulator.metrics.arrays import Stretch
from simulator.metrics.flow_measures import SWEPT_ALONE
from simulator.metrics.measure import DOWN, UP


@dataclass(frozen=True, eq=False)
class UnderStress:
    """A run over the sessions that are judged.

    Attributes
    ----------
    result
        The whole run.
    horizon_days
        Of the stress of ``[liquidity]``.
    first, stop
        The run's own sessions ``[first, stop)``, from the close before the first of them.
    """

    result: RunResult
    horizon_days: int
    first: int
    stop: int

    @cached_property
    def span(self) -> Stretch:
        """Returns, coverage, turnover and costs of those sessions."""
        return RunArrays(self.result).between(self.first, self.stop)

    @cached_property
    def owed(self) -> FloatArray:
        """(t,) redemptions due and not paid yet at each close, in currency."""
        return np.asarray(self.result.owed.to_numpy()[self.first : self.stop])

    @cached_property
    def never_paid(self) -> float:
        """What was asked of a book that had nothing left, in currency."""
        days, amounts = limit_days(self.result, Kind.SHORTFALL, NOTHING_LEFT)
        return float(amounts[(days >= self.first) & (days < self.stop)].sum())

    @property
    def owed_of_nav(self) -> float:
        """Most of what is owed over that close's whole book. A fraction, over the sessions that count."""
        shares = ratio(self.owed, self.result.out.nav[self.first : self.stop], 1.0)
        return float(shares[self.owed > 0.0].max(initial=0.0))

    @property
    def cost(self) -> float:
        """All costs of trading, in currency."""
        return float(self.result.daily["costs"][self.first : self.stop].sum())

    @property
    def cost_bps(self) -> float | None:
        """They over nav at the close before the first session, in basis points; ``None`` of a book worth nothing."""
        nav = float(self.result.out.nav[max(self.first - 1, 0)])
        return 1e4 * self.cost / nav if nav > 0.0 else None

    @property
    def days_to_cash(self) -> float | None:
        """The most sessions until the whole book would be cash; ``None`` where the market has no volumes."""
        days = days_to_cash(self.result, self.horizon_days)[self.first : self.stop]
        return None if np.isnan(days).all() else float(np.nanmax(days))

    @property
    def breaches_22e4(self) -> float | None:
        """Sessions on which a limit of SEC rule 22e-4 is broken; ``None`` where the market has no volumes."""
        if conditions_of(self.result, stressed=False) is None:
            return None
        return float(limits_broken(self.result, self.first, self.stop)["date"].nunique())

    @property
    def lcr(self) -> float | None:
        """The least liquidity coverage ratio; ``None`` where none is measured.

        A ratio, over the sessions that count.
        """
        found = coverage_ratios(self.result, np.arange(self.first, self.stop))
        return None if found is None or np.isnan(found).all() else float(np.nanmin(found))


def days_to_cash(result: RunResult, horizon_days: int) -> FloatArray:
    """(T,) sessions until the whole book would be cash: every position sold at once, at the cap on stressed volume.

    The volume is the forecast of the close, under the stress of ``[liquidity]``; the slowest position counts. 0 for a
    book of cash, infinite where something held has no volume, NaN where the market has none and assumes none.
    """
    panels = result.run.panels
    capacity = panels.capacity if panels.by_session else panels.capacity.T
    if not capacity.size:
        return np.full(result.sessions.size, np.nan)
    held = np.abs(result.daily["shares"] * result.marks)
    a_day = np.broadcast_to(capacity / horizon_days, held.shape)
    needed = np.divide(held, a_day, out=np.where(held > 0.0, np.inf, 0.0), where=a_day > 0.0)
    return np.asarray(needed.max(axis=1))


def _like(
    known: Measure[Any], of: Callable[[UnderStress], float | None], *, name: str = "", title: str = ""
) -> Measure[UnderStress]:
    """A measure that is known elsewhere, of what is judged."""
    return Measure(name or known.name, title or known.title, known.unit, known.better, known.definition, of)


def _spanned(name: str, title: str) -> Measure[UnderStress]:
    """A figure of a stretch, of what is judged."""
    known = SPAN[name]
    return Measure(name, title, known.unit, known.better, known.definition, of=lambda stress: known.of(stress.span))


#: All but ``final_nav`` are over the sessions judged.
STRESS: Final[tuple[Measure[UnderStress], ...]] = (
    _spanned("total_return", "Return under stress"),
    _spanned("max_drawdown", "Max drawdown"),
    _spanned("coverage_min", "Least coverage"),
    Measure(
        name="days_to_cash_max",
        title="Days to cash",
        unit="sessions",
        better=DOWN,
        definition="Sessions until the whole book would be cash, every position sold at once at the cap on its "
        "stressed volume; the slowest position, at the worst close.",
        of=lambda stress: stress.days_to_cash,
        digits=1,
    ),
    _like(FLOWS["largest_shortfall_of_nav"], lambda stress: stress.owed_of_nav, name="owed_max"),
    _like(FLOWS["never_paid"], lambda stress: stress.never_paid),
    _like(SWEPT_ALONE["unpaid_end"], lambda stress: float(stress.owed[-1]) + stress.never_paid),
    _spanned("turnover", "Turnover"),
    Measure(
        name="cost",
        title="Cost",
        unit="currency",
        better=DOWN,
        definition="All costs of trading.",
        of=lambda stress: stress.cost,
    ),
    Measure(
        name="cost_bps",
        title="Cost, bps of nav",
        unit="bps",
        better=DOWN,
        definition="All costs of trading over nav at the close before the first shock: of a book that is all but empty "
        "later, costs over what is left would know no bound.",
        of=lambda stress: stress.cost_bps,
    ),
    _like(POLICY["final_nav"], lambda stress: float(stress.result.stayers[stress.stop - 1])),
    Measure(
        name="breaches_22e4",
        title="22e-4 breaches",
        unit="count",
        better=DOWN,
        definition="Closes at which more of nav is illiquid, or less of it highly liquid, by the buckets of SEC rule "
        "22e-4 than [liquidity] allows, at the volumes forecast then.",
        of=lambda stress: stress.breaches_22e4,
    ),
    Measure(
        name="lcr_min",
        title="Least LCR",
        unit="ratio",
        better=UP,
        definition="High-quality liquid assets after the haircuts and caps of Basel III over the redemptions assumed, "
        "at the worst close.",
        of=lambda stress: stress.lcr,
    ),
)
NAMES: Final = tuple(measure.name for measure in STRESS)


def figures_of(stress: UnderStress) -> FloatArray:
    """(measures,) in the order of :data:`STRESS`; NaN where undefined."""
    found = [measure.of(stress) for measure in STRESS]
    return np.array([np.nan if value is None else value for value in found], np.float64)
