"""What knowing each target in advance would have been worth: asked before anything is fitted to forecast it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.verdicts import Ceiling
from scenarios.build import Scenario
from scenarios.schema import JudgeSection
from scenarios.shocks import World
from scenarios.side_by_side import books
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray
from simulator.engine import RunResult, Terms
from simulator.engine.signals import panel_of, signal_names
from simulator.features import Features
from simulator.metrics import PAIRED, difference, paired_figures, resampled

from .fed import Fed
from .policies import judged_signals, policy_of
from .rivals import played_on, run_rows

_RIVAL = "rival: {}"


def ceilings(scenario: Scenario, world: World, terms: Terms) -> tuple[Ceiling, ...]:
    """One a target that a judged signal forecasts; nothing that learns is computed.

    Parameters
    ----------
    scenario
        Asks for verdicts in its table ``judge``.
    world
        What happens, and what is observed of it.
    terms
        On which every policy is replayed.
    """
    file, section = scenario.file, scenario.file.judge
    targets = _targets(scenario)
    if section is None or not targets:
        return ()
    follows, features = policy_of(file), Features(world.observed)
    rivals = {_RIVAL.format(name): scenario.policies[follows[name]] for name in section.against}
    played = {**rivals, file.scenario.benchmark: scenario.policies[file.scenario.benchmark]}
    needed = {name for policy in played.values() for name in signal_names(policy)}
    panels = {
        name: world.heard(name, panel_of(name, signal, features))
        for name, signal in scenario.signals.items()
        if name in needed
    }
    results = {name: played_on(world, terms, policy, panels, name) for name, policy in played.items()}
    forecasts: Mapping[str, Any] = scenario.signals
    known = {target: forecasts[names[0]].foresight().compute(features) for target, names in targets.items()}
    for target, names in targets.items():
        results[target] = _followed(scenario, names[0], follows[names[0]], known[target], panels, world, terms)
    return _compared(scenario, section, targets, known, results, terms)


def _targets(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """The judged signals that forecast each target."""
    found: dict[str, tuple[str, ...]] = {}
    for name in judged_signals(scenario.file) if scenario.file.judge is not None else ():
        foresight = getattr(scenario.signals[name], "foresight", None)
        if callable(foresight):
            target = foresight().target
            found[target] = (*found.get(target, ()), name)
    return found


def _followed(
    scenario: Scenario,
    signal: str,
    policy: str,
    panel: SignalPanel,
    panels: Mapping[str, SignalPanel],
    world: World,
    terms: Terms,
) -> RunResult:
    """The run of the policy that follows a signal, fed what that signal forecasts."""
    fed = Fed(scenario.policies[policy], {signal: panel})
    return played_on(world, terms, fed, {**panels, signal: panel}, signal)


def _compared(
    scenario: Scenario,
    section: JudgeSection,
    targets: Mapping[str, tuple[str, ...]],
    known: Mapping[str, SignalPanel],
    results: Mapping[str, RunResult],
    terms: Terms,
) -> tuple[Ceiling, ...]:
    sides = books(results)
    plain, drawn = paired_figures(sides), resampled(sides, section.draws, section.block, histories(scenario))
    index = {name: number for number, name in enumerate(sides.names)}

    def gaps(own: str, rival: str) -> Any:
        return difference(plain, drawn, index[own], index[rival], section.level)

    return tuple(
        Ceiling(
            target=target,
            signals=names,
            share_on=float(known[target].state()[run_rows(known[target], terms)].mean()),
            figures=dict(zip(PAIRED, _row(plain, index[target]), strict=True)),
            against={rival: gaps(target, _RIVAL.format(rival)) for rival in section.against},
            benchmark=gaps(target, scenario.file.scenario.benchmark),
        )
        for target, names in targets.items()
    )


def _row(figures: FloatArray, row: int) -> list[float]:
    return [float(value) for value in figures[row]]


def histories(scenario: Scenario) -> int:
    """The seed of the redrawn histories: the same for ceilings and for verdicts."""
    return int(np.random.SeedSequence(scenario.file.scenario.seed).spawn(2)[0].generate_state(1)[0])
