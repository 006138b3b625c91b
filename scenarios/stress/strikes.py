"""Policies under shocks at any severity: each world made once, each policy replayed in it once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from scenarios.build import Scenario
from scenarios.policies import make_policies
from scenarios.progress import Progress, Silent
from scenarios.runner import Outcome, naming, prepared, struck
from scenarios.shock_effect import check_shocks
from scenarios.shocks import World
from scenarios.sweep.compute import is_pure
from scenarios.sweep.jobs import reads
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Freezable, Signal
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.engine.signals import panel_of
from simulator.features import Features

from .asked import Asked
from .measures import UnderStress, figures_of

Dials = tuple[float, ...]
#: Worlds kept in memory at a time: those of a bracket are asked for again.
_KEPT: Final = 16


@dataclass(eq=False)
class Struck:
    """One severity: its scenario and world, and the signals in it that were asked for, as they are and as heard."""

    scenario: Scenario
    world: World
    features: Features
    panels: dict[str, SignalPanel] = field(default_factory=dict)
    said: dict[str, SignalPanel] = field(default_factory=dict)


class Strikes:
    """What every policy comes to at any severity.

    Signals that learn have the models that they learnt without the shocks that are turned, each from its own refit
    date on, as paths of a sweep have; ``refit`` fits them anew at every severity.
    """

    def __init__(self, asked: Asked, refit: bool = False, progress: Progress | None = None) -> None:
        self.asked, self.refit, self.progress = asked, refit, progress or Silent()
        self._learnt: dict[str, Signal] = {}
        self._struck: OrderedDict[Dials, Struck] = OrderedDict()
        self._figures: dict[tuple[str, Dials], FloatArray] = {}

    @property
    def learns(self) -> tuple[str, ...]:
        """Signals whose models are those of the unshocked history."""
        signals = self.asked.scenario.signals
        return () if self.refit else tuple(name for name, signal in signals.items() if isinstance(signal, Freezable))

    def learn(self) -> None:
        """Fit every model that stays as it is; afterwards severities cost no fit."""
        names = self.learns
        if not names:
            return
        scenario = self.asked.scenario
        features = Features(struck(scenario, scenario.market)[-1].observed)
        for name in names:
            signal = scenario.signals[name]
            if isinstance(signal, Freezable):
                with naming(name, signal):
                    self._learnt[name] = signal.frozen(features)

    def check(self, dials: Sequence[float]) -> None:
        """Raise unless every shock touches something of the run at a severity."""
        scenario = self.asked.at_severity(dials)
        start = scenario.market.sessions[self.asked.begin]
        check_shocks(scenario, struck(scenario, scenario.market), start)

    def at(self, dials: Dials) -> Struck:
        """The world of a severity."""
        if dials in self._struck:
            self._struck.move_to_end(dials)
            return self._struck[dials]
        scenario = self.asked.at_severity(dials)
        world = struck(scenario, scenario.market)[-1]
        self._struck[dials] = found = Struck(scenario, world, Features(world.observed))
        while len(self._struck) > _KEPT:
            self._struck.popitem(last=False)
        return found

    def figures(self, policy: str, dials: Dials) -> FloatArray:
        """(metrics,) of a policy at a severity; see :data:`~scenarios.stress.measures.STRESS`.

        Each in the unit of its measure.
        """
        key = policy, dials
        if key not in self._figures:
            self._figures[key] = self._figures_of(self.replayed(policy, dials))
        return self._figures[key]

    def outcome(self, dials: Dials) -> Outcome:
        """Every policy at a severity, with its notices; figures are kept for later."""
        here = self.at(dials)
        results = {name: self.replayed(name, dials) for name in here.scenario.policies}
        for name, result in results.items():
            self._figures[name, dials] = self._figures_of(result)
        return Outcome(here.scenario, here.world, here.panels, results, {})

    def replayed(self, policy: str, dials: Dials) -> RunResult:
        """A policy's run at a severity. One of a user's own may remember what it has seen: it is made anew."""
        here = self.at(dials)
        scenario = here.scenario
        panels = {name: self._panel(name, here) for name in reads(scenario, policy)}
        made = scenario.policies[policy]
        if not is_pure(made):
            made = make_policies(scenario.file, scenario.weights, scenario.market)[policy]
        start = scenario.market.sessions[self.asked.begin]
        return prepared(scenario, here.world, panels, policy, made, start).run()

    def _panel(self, name: str, here: Struck) -> SignalPanel:
        if name not in here.panels:
            signal = self._learnt.get(name, here.scenario.signals[name])
            with naming(name, signal):
                here.said[name] = panel_of(name, signal, here.features)
            here.panels[name] = here.world.heard(name, here.said[name])
        return here.panels[name]

    @property
    def read(self) -> tuple[str, ...]:
        """Signals that a policy reads."""
        scenario = self.asked.scenario
        asked = {name for policy in scenario.policies for name in reads(scenario, policy)}
        return tuple(name for name in scenario.signals if name in asked)

    def learnt(self, name: str) -> Signal:
        """A signal, with the models that it learnt without the shocks unless each severity has its own."""
        return self._learnt.get(name, self.asked.scenario.signals[name])

    def said(self, name: str, dials: Dials) -> SignalPanel:
        """A signal at a severity, as it is and not as it is heard."""
        here = self.at(dials)
        self._panel(name, here)
        return here.said[name]

    def misheard(self, dials: Dials) -> dict[str, tuple[SignalPanel, SignalPanel]]:
        """Signals as they are and as policies get them at a severity; those that a shock lets come late or wrong."""
        here = self.at(dials)
        names = [name for name in here.scenario.signals if any(fault.concerns(name) for fault in here.world.misheard)]
        heard = {name: self._panel(name, here) for name in names}
        return {name: (here.said[name], panel) for name, panel in heard.items()}

    def _figures_of(self, result: RunResult) -> FloatArray:
        asked = self.asked
        horizon = asked.scenario.liquidity.horizon_days
        return figures_of(UnderStress(result, horizon, asked.first - asked.begin, asked.stop - asked.begin))
