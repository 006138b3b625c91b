"""A herd in its market: rounds of replays until what funds trade fits the prices it makes, day after day.

A session depends on those before it alone, so that sessions settle in their order: in each round every fund is
replayed in the market that answered to the round before. A session has settled once its flow, and that of all before
it, no longer changes; it then stays as it is, to the bit, whatever comes after. One that does not within a number of
rounds, although all before it have, has no price that fits: an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from scenarios.build import Scenario
from scenarios.runner import common_start, followed_signals, naming, prepared, struck, terms
from scenarios.shocks import World
from scenarios.sweep.jobs import reads
from simulator.core.errors import ConvergenceError, ScenarioError
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Freezable, Signal
from simulator.core.types import FloatArray, IntArray
from simulator.engine import RunResult
from simulator.engine.ground import lay_ground
from simulator.engine.signals import panel_of, signal_names
from simulator.features import Features
from simulator.herding import Answer
from simulator.ledger import Kind

from .market import FURTHEST, Law, WithoutPermanent
from .members import Fund, Members

#: Change of a flow, as a share of the day's volume, below which a session has settled.
SETTLED: Final = 1e-10


@dataclass(frozen=True, eq=False)
class Flow:
    """What funds trade, (T, N) currency over the whole market, both zero or more."""

    bought: FloatArray
    sold: FloatArray

    @property
    def net(self) -> FloatArray:
        """(T, N) bought less sold."""
        return self.bought - self.sold


@dataclass(frozen=True, eq=False)
class Herd:
    """A herd that has settled.

    Attributes
    ----------
    members
        Who is in it.
    results
        The replay of each kind of fund in the market that answered.
    flows
        What one fund of each kind trades.
    flow
        What all trade together.
    told
        How the market answered.
    market
        The market that answered.
    start, stop
        The sessions replayed.
    rounds
        (sessions,) rounds of replays until each session had settled.
    changes
        For each round, the largest change of a flow, as a share of the day's volume.
    """

    members: Members
    results: Mapping[Fund, RunResult]
    flows: Mapping[Fund, Flow]
    flow: Flow
    told: Answer
    market: MarketData
    start: int
    stop: int
    rounds: IntArray
    changes: FloatArray


class Meadow:
    """Where herds graze: a scenario's world, the funds' replays in it while it does not answer, and how it does.

    Signals that learn do so here, once, unless those of another meadow (``learnt``) are handed over.
    """

    def __init__(
        self, scenario: Scenario, thinning: float, most_rounds: int, learnt: Mapping[str, Signal] | None = None
    ) -> None:
        if isinstance(scenario.file.portfolio.opening, dict):
            raise ScenarioError(
                "portfolio.opening states shares, and funds of a herd have sizes; say --set portfolio.opening=targets"
            )
        self.scenario, self.most_rounds = scenario, most_rounds
        self.world = struck(scenario, scenario.market)[-1]
        self.start = common_start(scenario, self.world)
        stated = terms(scenario, self.world, self.start)
        self.law = Law.of(lay_ground(self.world.market, stated, observed=self.world.observed, warmup=0), thinning)
        self._answering = replace(scenario, terms=replace(scenario.terms, costs=WithoutPermanent(scenario.costs)))
        self.signals = dict(learnt) if learnt is not None else self._learnt()
        self._alone: dict[Fund, RunResult] = {}
        self._panels: dict[str, SignalPanel] = {}

    @property
    def learns(self) -> tuple[str, ...]:
        """Signals whose models are those of the market without the herd."""
        return tuple(name for name, signal in self.scenario.signals.items() if isinstance(signal, Freezable))

    def alone(self, fund: Fund) -> RunResult:
        """A fund of that size in the market as it was, which does not answer: without permanent impact too."""
        if fund not in self._alone:
            policy = self.scenario.policies[fund.policy]
            unheard = [name for name in self._heard([fund]) if name not in self._panels]
            self._panels |= self._computed(self.world, unheard)
            run = prepared(_sized(self._answering, fund), self.world, self._panels, fund.policy, policy, self.start)
            self._alone[fund] = run.run("daily")
        return self._alone[fund]

    def settle(self, members: Members) -> Herd:
        """Go round until every session has settled.

        Raises
        ------
        ConvergenceError
            Naming the first session that does not settle.
        """
        shape = self.world.market.shape
        flow, changes = Flow(np.zeros(shape), np.zeros(shape)), []
        rounds, settled, waited = np.zeros(shape[0], np.int64), 0, 0
        while True:
            told = self.law.answer(flow.bought, flow.sold)
            world = self._answered(told)
            results = self._replayed(members, world)
            flows = {fund: _flow(result, shape) for fund, result in results.items()}
            moved = _together(flows, members)
            change = self._change(flow, moved)
            changes.append(float(change.max(initial=0.0)))
            unsettled = np.flatnonzero(change > SETTLED)
            run = next(iter(results.values())).run
            if not unsettled.size:
                self._check_prices(told)
                return Herd(
                    members, results, flows, flow, told, world.market, run.start, run.stop,
                    rounds[run.start : run.stop], np.array(changes),
                )  # fmt: skip
            rounds[unsettled] = len(changes)
            first = int(unsettled[0])
            waited = waited + 1 if first <= settled else 0
            settled = max(first, settled)
            if waited >= self.most_rounds or changes[-1] != changes[-1]:
                day = self.world.market.sessions[first]
                raise ConvergenceError(
                    f"herd: {day}: no price fits what the funds trade on it: after {waited} rounds with every earlier "
                    f"day settled its flow still changes by {change[first]:.2g} of the day's volume; fewer or smaller "
                    "funds, a participation cap (execution.max_participation), or less impact (costs.gamma) settle"
                )
            moved.bought[:first], moved.sold[:first] = flow.bought[:first], flow.sold[:first]  # settled stays settled
            flow = moved

    def _check_prices(self, told: Answer) -> None:
        """Raise unless prices are within reason."""
        beyond = np.flatnonzero((np.abs(told.displacement) >= FURTHEST).any(axis=1))
        if beyond.size:
            raise ConvergenceError(
                f"herd: {self.world.market.sessions[beyond[0]]}: the funds move a price a hundredfold; take fewer or "
                "smaller funds, a participation cap (execution.max_participation), or less impact (costs.gamma)"
            )

    def _replayed(self, members: Members, world: World) -> dict[Fund, RunResult]:
        panels = self._computed(world, self._heard(members))
        policies = self.scenario.policies
        return {
            fund: prepared(
                _sized(self._answering, fund), world, panels, fund.policy, policies[fund.policy], self.start
            ).run()
            for fund in members
        }

    def _answered(self, told: Answer) -> World:
        market = self.law.applied(self.world.market, told)
        same = self.world.observed is self.world.market
        return replace(
            self.world, market=market, observed=market if same else self.law.applied(self.world.observed, told)
        )

    def _change(self, before: Flow, after: Flow) -> FloatArray:
        """(T,) largest change of what is bought or sold, as a share of the day's volume."""
        volume = np.where(self.law.volume > 0.0, self.law.volume, np.inf)
        moved = np.maximum(np.abs(after.bought - before.bought), np.abs(after.sold - before.sold))
        change: FloatArray = (moved / volume).max(axis=1)
        return change

    def _learnt(self) -> dict[str, Signal]:
        """The scenario's signals; those that learn with the models they learnt without the herd."""
        features = Features(self.world.observed)
        found = {}
        for name, signal in followed_signals(self.scenario).items():
            with naming(name, signal):
                found[name] = signal.frozen(features) if isinstance(signal, Freezable) else signal
        return found

    def _heard(self, funds: Iterable[Fund]) -> list[str]:
        """Signals that policies of the funds may read: no other is computed, round after round."""
        policies = self.scenario.policies
        heard = {
            signal
            for name in dict.fromkeys(fund.policy for fund in funds)
            for signal in (*reads(self.scenario, name), *signal_names(policies[name], name))
        }
        return [name for name in self.signals if name in heard]

    def _computed(self, world: World, names: Sequence[str]) -> dict[str, SignalPanel]:
        if not names:
            return {}
        features = Features(world.observed)
        panels = {}
        for name in names:
            signal = self.signals[name]
            with naming(name, signal):
                panels[name] = world.heard(name, panel_of(name, signal, features))
        return panels


def _sized(scenario: Scenario, fund: Fund) -> Scenario:
    """The scenario with a fund's money."""
    section = scenario.file.scenario.model_copy(update={"initial_cash": fund.size})
    file = scenario.file.model_copy(update={"scenario": section})
    return replace(scenario, file=file, terms=replace(scenario.terms, initial_cash=fund.size))


def _flow(result: RunResult, shape: tuple[int, int]) -> Flow:
    """What a fund trades; the first investment moves nothing: the market's history has these funds in it."""
    fills = result.stream[result.stream["kind"] == Kind.FILL]
    invests = result.daily["first_investment"] > 0.0
    fills = fills[~invests[fills["session"]]]
    notional = fills["quantity"] * fills["price"]
    flow = Flow(np.zeros(shape), np.zeros(shape))
    where = result.run.start + fills["session"].astype(np.int64), fills["asset"].astype(np.int64)
    np.add.at(flow.bought, where, np.maximum(notional, 0.0))
    np.add.at(flow.sold, where, np.maximum(-notional, 0.0))
    return flow


def _together(flows: Mapping[Fund, Flow], members: Members) -> Flow:
    bought = sum((flows[fund].bought * count for fund, count in members.items()), np.zeros(1))
    sold = sum((flows[fund].sold * count for fund, count in members.items()), np.zeros(1))
    return Flow(np.asarray(bought), np.asarray(sold))
