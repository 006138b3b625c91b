"""From when on a colleague would ask: every threshold, and what is said beyond it with its figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from reports.diagnosis import Figures, Finding
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.metrics import PolicyMetrics, contribution
from simulator.metrics.performance import years
from strategies import Policy
from strategies.triggers import Listing, Once

from .evidence import Fills, decisive, exceeded_by, fills, participation, unmoved

#: Decisions that traded after the first investment, below which nothing can be said of the rule behind them.
FEW_DECISIONS: Final = 10
#: A lead (of the benchmark, over cash) below this a year is none that a day could make. Log return.
LEAST_LEAD: Final = 0.0025
#: Share of a result from which on one day, or one asset, makes it.
MOST_OF_RESULT: Final = 0.5
#: Share from which on the result turns without it, which is said in place of the share.
ALL_OF_RESULT: Final = 1.0
#: An asset does not make a result that it had the weight for: its share of the profit is this many times that held.
OVER_WEIGHT: Final = 2.0
#: Share of the return before costs that costs may take.
COST_SHARE: Final = 0.20
#: Sessions without a move after which a close is stale, and the share of such days from which on they are its nature.
STALE_SESSIONS: Final = 5
OFTEN_UNMOVED: Final = 0.10
#: Participation that is asked about, and the share of all that was traded that may be above it.
PARTICIPATION: Final = 0.05
SHARE_ABOVE: Final = 0.01
#: Capacity is the nav at which so much of what is traded is above so much of a day's volume.
CAPACITY_SHARE: Final = 0.05
CAPACITY_PARTICIPATION: Final = 0.10
#: Sessions a run must have for a day to be singled out, or a signal to be called constant.
LEAST_SESSIONS: Final = 60


@dataclass(frozen=True, eq=False)
class Case:
    """A policy's run, and the benchmark's.

    Attributes
    ----------
    run, benchmark
        Over the same sessions; the same where the policy is the benchmark.
    metrics
        The policy's.
    """

    run: RunResult
    benchmark: RunResult
    metrics: PolicyMetrics

    @cached_property
    def later(self) -> Fills:
        """Fills after the first investment."""
        made = fills(self.run)
        return Fills(*(column[made.decision != 0] for column in made))

    @cached_property
    def share(self) -> FloatArray:
        """(F,) participation of these. A fraction of the volume of the day."""
        return participation(self.run, self.later)

    @property
    def holds(self) -> bool:
        """Whether it means not to trade."""
        policy = self.run.run.strategy
        return isinstance(policy, Policy) and isinstance(policy.when, Once | Listing) and not policy.overlays

    def day(self, session: int) -> str:
        """A session, as text."""
        return str(self.run.sessions[session])


def diagnose(
    results: Mapping[str, RunResult], metrics: Mapping[str, PolicyMetrics], benchmark: str
) -> tuple[Finding, ...]:
    """What a colleague would ask of these runs, policy by policy, then of their signals."""
    cases = [Case(run, results[benchmark], metrics[name]) for name, run in results.items()]
    of_policies = (found for rule in _RULES for case in cases for found in rule(case))
    return (*of_policies, *_constant_signals(results[benchmark]))


def _few_trades(case: Case) -> Iterator[Finding]:
    if case.holds:
        return
    decisions = int(np.unique(case.later.decision[case.later.decision > 0]).size)
    if decisions < FEW_DECISIONS:
        sessions = case.run.sessions.size
        said = f"{decisions} {'decision' if decisions == 1 else 'decisions'}" if decisions else "no decision"
        text = f"traded on {said} after its first investment, in {sessions:,} sessions"
        yield Finding("few-trades", case.run.name, text, said, {"decisions": decisions, "sessions": sessions})


def _one_day(case: Case) -> Iterator[Finding]:
    excess, over = _excess(case)
    found = decisive(excess) if excess.size >= LEAST_SESSIONS else None
    if found is None or abs(found.total) < LEAST_LEAD * years(case.run.sessions) or found.share <= MOST_OF_RESULT:
        return
    day, ahead = case.day(found.place), found.total > 0.0
    in_logs = f"{found.part:+.1%} of {found.total:+.1%} in logs"
    figures: Figures = {"day": day, "share": found.share, "of_day": found.part, "total": found.total}
    if found.share > ALL_OF_RESULT:  # of little, a share says little: 983%
        text = f"would {'lag behind' if ahead else 'lead'} {over} but for {day} ({in_logs})"
        yield Finding("one-day", case.run.name, text, f"turns without {day}", figures)
        return
    text = f"has {found.share:.0%} of its {'lead over' if ahead else 'lag behind'} {over} from {day} ({in_logs})"
    yield Finding("one-day", case.run.name, text, f"{found.share:.0%}, {day}", figures)


def _excess(case: Case) -> tuple[FloatArray, str]:
    """(T,) log return over the benchmark, or that of the benchmark over cash, and what it is over."""
    own = case.run.returns.to_numpy(np.float64)
    if case.run is case.benchmark:
        other, over = np.asarray(case.run.accrual, np.float64), "cash"
    else:
        other, over = case.benchmark.returns.to_numpy(np.float64), "the benchmark"
    if min(own.min(), other.min()) <= -1.0:  # it was ruined, which is said before all else
        return np.zeros(1), over
    return np.asarray(np.log1p(own) - np.log1p(other), np.float64), over


def _one_asset(case: Case) -> Iterator[Finding]:
    made = contribution(case.run)
    found = decisive(made.profit)
    if found is None or found.total <= 0.0 or found.share <= MOST_OF_RESULT:
        return
    weight = float(made.held[found.place] / made.held.sum()) if made.held.any() else 1.0
    if found.share <= OVER_WEIGHT * weight:
        return
    asset = case.run.assets[found.place]
    figures: Figures = {"asset": asset, "share": found.share, "held": weight}
    if found.share > ALL_OF_RESULT:
        text = f"would have lost but for {asset}, which was {weight:.0%} of what it held"
        yield Finding("one-asset", case.run.name, text, f"a loss without {asset}", figures)
        return
    text = f"has {found.share:.0%} of its profit from {asset}, which was {weight:.0%} of what it held"
    yield Finding("one-asset", case.run.name, text, f"{found.share:.0%}, {asset}", figures)


def _costs(case: Case) -> Iterator[Finding]:
    earned, paid = case.metrics.cagr, case.metrics.cost_bps_annual
    if earned is None or paid is None:
        return
    cost = paid / 1e4
    gross = earned + cost
    if gross <= 0.0 or cost <= COST_SHARE * gross:
        return
    figures: Figures = {"share": cost / gross, "cost_annual": cost, "gross_annual": gross}
    share = f"{cost / gross:.0%}" if cost <= ALL_OF_RESULT * gross else "more than all"
    text = f"paid {share} of its return before costs for trading ({cost:.2%} of {gross:.2%} a year)"
    yield Finding("costs", case.run.name, text, share, figures)


def _stale_prices(case: Case) -> Iterator[Finding]:
    run, made = case.run.run, case.later
    traded, column = np.unique(made.asset, return_inverse=True)
    runs = unmoved(np.asarray(run.market.close)[run.start : run.stop, traded])
    usual = np.mean(runs >= 1, axis=0) > OFTEN_UNMOVED
    length = runs[made.session, column]
    stale = (length >= STALE_SESSIONS) & ~usual[column]
    if not stale.any():
        return
    worst = int(np.where(stale, length, -1).argmax())
    asset, day = case.run.assets[made.asset[worst]], case.day(int(made.session[worst]))
    share = float(made.notional[stale].sum() / made.notional.sum())
    count = int(stale.sum())
    text = (
        f"filled {count:,} {'order' if count == 1 else 'orders'} at closes that had not moved for {STALE_SESSIONS} "
        f"sessions or more ({share:.1%} of what it traded), {asset} on {day} for one, unmoved for {length[worst]}"
    )
    figures: Figures = {"fills": count, "share": share, "asset": asset, "day": day}
    yield Finding("stale-prices", case.run.name, text, f"{count:,}, {asset} on {day}", figures)


def _participation(case: Case) -> Iterator[Finding]:
    made, share = case.later, case.share
    above = share > PARTICIPATION
    if not above.any() or not made.notional[above].sum() > SHARE_ABOVE * made.notional.sum():
        return
    part, count = float(made.notional[above].sum() / made.notional.sum()), int(above.sum())
    worst = int(np.nanargmax(share))
    asset, day = case.run.assets[made.asset[worst]], case.day(int(made.session[worst]))
    text = (
        f"traded {part:.0%} of its notional above {PARTICIPATION:.0%} of a day's volume ({count:,} fills, "
        f"up to {share[worst]:.1%} of {asset}'s on {day})"
    )
    figures: Figures = {"share": part, "fills": count, "most": float(share[worst]), "asset": asset, "day": day}
    yield Finding("participation", case.run.name, text, f"{part:.0%}", figures)


def _capacity(case: Case) -> Iterator[Finding]:
    made, nav = case.later, case.run.opening_nav
    known = np.isfinite(case.share) & (nav[made.session] > 0.0)
    if not known.any():
        return
    of_nav = case.share[known] / nav[made.session[known]]
    most = CAPACITY_PARTICIPATION / exceeded_by(of_nav, made.notional[known], CAPACITY_SHARE)
    now = float(case.run.stayers[-1])
    if now <= most:
        return
    text = (
        f"would trade {CAPACITY_SHARE:.0%} of its notional above {CAPACITY_PARTICIPATION:.0%} of a day's volume with "
        f"a nav of {most / 1e6:,.1f}m, and ends with {now / 1e6:,.1f}m"
    )
    yield Finding("capacity", case.run.name, text, f"{most / 1e6:,.1f}m", {"nav": most, "nav_end": now})


def _constant_signals(run: RunResult) -> Iterator[Finding]:
    for name, panel in run.run.signals.items():
        on = panel.state() if "state" in panel.columns or len(panel.columns) == 1 else panel.fires()
        calls = panel.fires()
        if on.size < LEAST_SESSIONS:
            continue
        share = float(on.mean())
        figures: Figures = {"share_on": share, "calls": int(calls.sum()), "sessions": on.size}
        if not on.any() and not calls.any():
            yield Finding("signal", name, f"never fires in {on.size:,} sessions", "never", figures)
        elif share == 1.0:
            yield Finding("signal", name, f"is on in all of {on.size:,} sessions", "always on", figures)


#: A new question is one function, one entry, and what it is called in :data:`reports.diagnosis.QUESTIONS`.
_RULES: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    _few_trades,
    _one_day,
    _one_asset,
    _costs,
    _stale_prices,
    _participation,
    _capacity,
)
