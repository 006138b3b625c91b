"""The conformance check of a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from simulator.core.bounds import Bounds
from simulator.core.execution import Execution
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import Planned, Reviewing, Signal, Strategy
from simulator.core.view import MarketView
from simulator.costs import AlmgrenChriss
from simulator.engine import RunResult, simulate
from simulator.engine.ground import seen_through
from simulator.engine.prepare import Driver, check_weights
from simulator.engine.signals import gather, own_signals

from .markets import made_markets
from .perturb import cuts as cut_sessions
from .perturb import poison_after, same, truncate
from .plan_check import PLAN, plan_fault
from .report import Checklist, RuleRefused, Summary, chosen_markets, duplicate, name_of

PROTOCOL: Final = "has decide(day); name, reads and signals are what they should be"
REVIEW: Final = "review gives a truth value for each session"
WEIGHTS: Final = "decides valid weights or HOLD, within the bounds"
AGREES: Final = "plan and decide agree to the bit"
REPEATS: Final = "the same market gives the same run"
STATELESS: Final = "keeps no state between runs"
ALONE: Final = "leaves its input alone"
TRUNCATED: Final = "no look-ahead: truncated history"
POISONED: Final = "no look-ahead: another future"

_CAUSAL = "decide from day and from the rows of signals up to its own session"
_FIELDS = ("session", "kind", "component", "asset", "decision", "quantity", "price", "amount")
_LEAST_SESSIONS, _BEYOND_WARMUP = 320, 160


def check_strategy(
    strategy: Strategy,
    *,
    market: MarketData | Mapping[str, MarketData] | None = None,
    assets: Sequence[str] | None = None,
    series: Mapping[str, str] | Sequence[str] | None = None,
    signals: Mapping[str, Signal] | None = None,
    bounds: Bounds | None = None,
    execution: Execution | None = None,
    cuts: int = 6,
    seed: int = 0,
) -> Summary:
    """Check a policy by replaying it on small markets with all the trouble data can make.

    Parameters
    ----------
    strategy
        What to check.
    market
        A market of your own, or several by name, instead of those made here (see
        :func:`simulator.testing.made_markets`).
    assets
        Names of the assets of the made markets, for a policy that names its own.
    series
        Release rules by name of the exogenous series its signals need: ``{"VIX": "close"}``.
    signals
        The signals it reads by name, besides those it carries.
    bounds
        What the book may hold: long only and no borrowing by default.
    execution
        Terms of execution instead of the two used here: the default, and lag 2 with caps.
    cuts
        Sessions of each market after which history is cut off and the future replaced; half of them ones on which
        it decided.
    seed
        Of the markets and the futures.

    Raises
    ------
    ConformanceError
        Naming the first rule that is broken, where, and what to do.
    """
    todo = Checklist(f"policy {name_of(strategy)!r}")
    _check_protocol(strategy, todo)
    given = dict(signals or {})
    warmup = max((int(signal.warmup) for signal in {**given, **own_signals(strategy)}.values()), default=0)
    sessions = max(_LEAST_SESSIONS, warmup + _BEYOND_WARMUP)
    markets = chosen_markets(market, lambda: made_markets(sessions, assets=assets, series=series, seed=seed))
    check = _Check(todo, strategy, duplicate(strategy), given, bounds or Bounds(), execution, cuts, seed)
    todo.over(markets, check.on)
    first = todo.markets[0]
    check.again(first, markets[first])
    decided = sum(check.decisions)
    todo.note(f"it decided {decided} times" + ("" if decided else ": give a market= on which it acts"))
    return todo.summary()


def _check_protocol(strategy: Any, todo: Checklist) -> None:
    remedy = "see the Strategy protocol in simulator/core/protocols.py"
    todo.require(callable(getattr(strategy, "decide", None)), PROTOCOL, "it has no method decide(day)", remedy)
    name = getattr(strategy, "name", None)
    todo.require(name is None or isinstance(name, str), PROTOCOL, f"name is {name!r}, not a text", remedy)
    reads = getattr(strategy, "reads", None) or ()
    listed = not isinstance(reads, str) and all(isinstance(read, str) for read in reads)
    todo.require(listed, PROTOCOL, f"reads is {reads!r}, not a tuple of names", remedy)
    carried = getattr(strategy, "signals", None) or {}
    usable = isinstance(carried, Mapping) and all(isinstance(signal, Signal) for signal in carried.values())
    todo.require(usable, PROTOCOL, f"signals is {carried!r}, not signals by name", remedy)
    todo.kept(PROTOCOL)


@dataclass(frozen=True)
class _Case:
    """A market, with the signals computed once for all of its replays."""

    where: str
    market: MarketData
    context: PlanContext
    panels: Mapping[str, SignalPanel | Signal]


@dataclass(frozen=True)
class _Check:
    """The rules that need a market."""

    todo: Checklist
    strategy: Strategy
    fresh: Callable[[], Strategy]
    signals: Mapping[str, Signal]
    bounds: Bounds
    execution: Execution | None
    cuts: int
    seed: int
    decisions: list[int] = field(default_factory=list)

    def on(self, where: str, market: MarketData) -> None:
        """Every rule on one market."""
        case = self._case(where, market)
        self._review(case)
        self._plan(case)
        before = market.fingerprint()
        run = self._replay(self.fresh(), case)
        self.todo.kept(WEIGHTS)
        if market.fingerprint() != before:
            self.todo.fail(ALONE, "the market is not what it was", "copy what day gives before changing it", where)
        self.todo.kept(ALONE)
        self.decisions.append(len(run.decisions))
        self._agrees(case)
        self._repeats(run, case)
        self._no_look_ahead(run, case)

    def again(self, where: str, market: MarketData) -> None:
        """After all other markets, the first one gives what a fresh copy gives."""
        case = self._case(where, market)
        difference = _difference(self._replay(self.fresh(), case), self._replay(self.strategy, case))
        what, remedy = f"{difference} after runs on other markets", "set its state anew when day.first is true"
        self.todo.require(not difference, STATELESS, what, remedy, where)
        self.todo.kept(STATELESS)

    def _case(self, where: str, market: MarketData) -> _Case:
        panels, warmup = self.todo.call(PROTOCOL, where, gather, self.fresh(), self.signals, market)
        if warmup >= market.sessions.size - 1:
            raise RuleRefused(f"its signals warm up for {warmup} sessions, and there are {market.sessions.size}")
        rows = {name: panel.between(warmup, market.sessions.size) for name, panel in panels.items()}
        seen = seen_through(_costs_of(market), market, Execution())
        view = MarketView(seen, warmup, market.sessions.size)
        context = PlanContext(market.sessions[warmup:], market.assets, market.alive[warmup:], rows, view)
        return _Case(where, market, context, {name: panels[name] for name in self.signals if name in panels})

    def _review(self, case: _Case) -> None:
        strategy, sessions = self.fresh(), case.context.sessions.size
        if not isinstance(strategy, Reviewing):
            return
        when = np.asarray(self.todo.call(REVIEW, case.where, strategy.review, case.context))
        what = f"it gives an array of shape {when.shape} and type {when.dtype} for {sessions} sessions"
        right = when.shape == (sessions,) and when.dtype == np.bool_
        self.todo.require(right, REVIEW, what, "return one boolean for each session", case.where)
        self.todo.kept(REVIEW)

    def _plan(self, case: _Case) -> None:
        strategy = self.fresh()
        plan = self.todo.call(PLAN, case.where, strategy.plan, case.context) if isinstance(strategy, Planned) else None
        if plan is None:
            return
        fault = plan_fault(plan, case.context)
        self.todo.require(not fault, PLAN, fault, "see Plan in simulator/core/plan.py", case.where)
        for number, row in enumerate(np.asarray(plan.targets, np.float64)):
            place = f"row {number} of the plan's targets"
            self.todo.call(WEIGHTS, case.where, check_weights, row, case.context.assets, self.bounds, place)
        self.todo.kept(PLAN)

    def _replay(
        self,
        strategy: Strategy,
        case: _Case,
        execution: Execution | None = None,
        driver: Driver = "auto",
    ) -> RunResult:
        costs = _costs_of(case.market)

        def run() -> RunResult:
            return simulate(
                case.market,
                strategy,
                costs=costs,
                execution=execution or self.execution,
                bounds=self.bounds,
                signals=case.panels,
                start=case.context.sessions[0],
                driver=driver,
            )

        return self.todo.call(WEIGHTS, case.where, run)

    def _agrees(self, case: _Case) -> None:
        """The plan and ``decide``, where there are both, lead to the same run."""
        if not isinstance(self.fresh(), Planned):
            return
        for execution in self._executions(case.market):
            laid_out = self._replay(self.fresh(), case, execution)
            asked = self._replay(self.fresh(), case, execution, driver="python")
            difference = _difference(laid_out, asked)
            remedy = "let plan mark the sessions on which decide returns weights, with the same weights"
            self.todo.require(not difference, AGREES, f"between the two, {difference}", remedy, case.where)
        self.todo.kept(AGREES)

    def _executions(self, market: MarketData) -> tuple[Execution, ...]:
        if self.execution is not None:
            return (self.execution,)
        share = 0.05 if market.notional is not None else None
        return Execution(), Execution(lag=2, max_participation=share, max_turnover=0.1)

    def _repeats(self, run: RunResult, case: _Case) -> None:
        difference = _difference(run, self._replay(self.fresh(), case))
        remedy = "draw randomness from a generator seeded when day.first is true"
        self.todo.require(not difference, REPEATS, f"in a second run, {difference}", remedy, case.where)
        for _ in range(2):
            difference = _difference(run, self._replay(self.strategy, case))
            remedy = "set its state anew when day.first is true"
            self.todo.require(not difference, STATELESS, f"run again, {difference}", remedy, case.where)
        self.todo.kept(REPEATS)

    def _cuts(self, run: RunResult, case: _Case, start: int, rng: np.random.Generator) -> list[int]:
        """Sessions to cut after: some on which it decided, where a look ahead shows, and some on which it may not."""
        decided = np.searchsorted(case.market.sessions, run.decisions["date"].to_numpy().astype("datetime64[D]"))
        within = np.unique(decided[(decided > start) & (decided < case.market.sessions.size - 1)])
        some = rng.choice(within, min(within.size, (self.cuts + 1) // 2), replace=False)
        others = cut_sessions(case.market, self.cuts - some.size, rng, start + 2)
        return sorted({*map(int, some), *(t for t in others if t > start)})

    def _no_look_ahead(self, run: RunResult, case: _Case) -> None:
        market, rng = case.market, np.random.default_rng([self.seed, 13])
        start = market.sessions.size - case.context.sessions.size
        for t in self._cuts(run, case, start, rng):
            day = market.sessions[t]
            for rule, other, when in (
                (TRUNCATED, truncate(market, t), f"when history ends on {day}"),
                (POISONED, poison_after(market, t, rng), f"when the future after {day} is another"),
            ):
                try:
                    altered = self._case(case.where, other)
                    difference = _difference(run, self._replay(self.fresh(), altered), t - start)
                except RuleRefused as refusal:
                    what = f"it refuses the market {when} ({refusal}), so that it cannot be replayed"
                    self.todo.fail(rule, what, "let it run on any history longer than its warm-up", case.where)
                self.todo.require(not difference, rule, f"{difference} {when}", _CAUSAL, case.where)
                self.todo.kept(rule)


def _costs_of(market: MarketData) -> AlmgrenChriss:
    return AlmgrenChriss() if market.notional is not None else AlmgrenChriss(eta=0.0, gamma=0.0)


def _difference(one: RunResult, other: RunResult, until: int | None = None) -> str:
    """The first difference between two runs up to a session (all by default), in words; empty if there is none."""
    stop = one.sessions.size if until is None else until + 1
    books = [(run.daily["nav"][:stop], run.daily["cash"][:stop], run.daily["shares"][:stop]) for run in (one, other)]
    if all(same(ours, theirs) for ours, theirs in zip(*books, strict=True)):
        ours, theirs = _actions(one, stop), _actions(other, stop)
        if all(same(ours[name], theirs[name]) for name in _FIELDS):
            return ""
        short = min(len(ours), len(theirs))
        changed = np.array([ours[:short][name] != theirs[:short][name] for name in _FIELDS]).any(axis=0)
        first = int(np.append(np.flatnonzero(changed), short - 1)[0])
        return f"what it does on {one.sessions[ours['session'][first]]} differs"
    moved = np.array([(ours != theirs).reshape(stop, -1).any(axis=1) for ours, theirs in zip(*books, strict=True)])
    t = int(np.flatnonzero(moved.any(axis=0))[0])
    shares = np.flatnonzero(books[0][2][t] != books[1][2][t])
    held = f"the position in {one.assets[shares[0]]}" if shares.size else "nav or cash"
    return f"{held} on {one.sessions[t]} differs"


def _actions(run: RunResult, stop: int) -> Any:
    """Every event before ``stop`` but the marks, of which a run also records some on its last day."""
    records = run.records
    return records[(records["session"] < stop) & (run.events["kind"] != "mark").to_numpy()]
