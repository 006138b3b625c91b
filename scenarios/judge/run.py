"""Judging the signals of a scenario that has been replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from reports.verdicts import Ceiling, Corrected, EqualShare, Placebos, Verdict, Verdicts
from scenarios.build import Scenario
from scenarios.progress import Progress
from scenarios.shocks import World
from scenarios.side_by_side import books
from signals.placebo import draw_shifts
from simulator.core.errors import ScenarioError
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray
from simulator.engine import RunResult, Terms
from simulator.metrics import PAIRED, difference, drawdown_path, holm, paired_figures, resampled, step_down

from .ceilings import histories
from .placebos import placebo_figures
from .policies import judged_signals, policy_of
from .rivals import equal_share, run_rows

_MATCHED = "equal share: {}"


def judge(
    scenario: Scenario,
    world: World,
    panels: Mapping[str, SignalPanel],
    results: Mapping[str, RunResult],
    terms: Terms,
    progress: Progress,
    known: tuple[Ceiling, ...] = (),
) -> Verdicts:
    """What acting on each signal was worth.

    Parameters
    ----------
    scenario
        Asks for it in its table ``judge``.
    world
        What happens, and what is observed of it.
    panels
        Its signals, over the whole market.
    results
        Its policies' runs.
    terms
        On which its policies were replayed.
    known
        The ceilings of what its signals forecast.

    Raises
    ------
    ScenarioError
        If a judged signal has no state, or the run is too short to shift it.
    """
    file = scenario.file
    section = file.judge
    if section is None:
        raise ScenarioError("judge: this scenario has no such table, so there is nothing to judge")
    names, follows = judged_signals(file), policy_of(file)
    for name in names:
        _check_state(name, panels[name])
    judged = [name for name in names if name not in section.against]
    matched = {
        name: equal_share(scenario.policies[follows[name]], name, panels, section, world, terms) for name in judged
    }
    sides = books({**results, **{_MATCHED.format(name): result for name, (result, _) in matched.items()}})
    plain = paired_figures(sides)
    seeds = np.random.SeedSequence(file.scenario.seed).spawn(2)
    drawn = resampled(sides, section.draws, section.block, histories(scenario))
    index = {name: number for number, name in enumerate(sides.names)}

    def gaps(own: str, rival: str) -> Any:
        return difference(plain, drawn, index[own], index[rival], section.level)

    rows = run_rows(panels[names[0]], terms)
    shifts = draw_shifts(rows.stop - rows.start, section.placebos, section.least_shift, np.random.default_rng(seeds[1]))
    verdicts = []
    for number, name in enumerate(names, start=1):
        policy = follows[name]
        state = panels[name].state()[rows]
        values = placebo_figures(scenario.policies[policy], name, panels, shifts, rows, world, terms)
        progress("placebos", number, len(names))
        verdicts.append(
            Verdict(
                signal=name,
                policy=policy,
                measure=section.measure,
                level=section.level,
                hindsight=panels[name].hindsight,
                rival=name in section.against,
                state=state,
                figures=_named(plain[index[policy]]),
                against={rival: gaps(policy, follows[rival]) for rival in section.against if rival != name},
                benchmark=gaps(policy, file.scenario.benchmark),
                equal_share=None
                if name not in matched
                else EqualShare(matched[name][1], gaps(policy, _MATCHED.format(name))),
                placebos=Placebos(shifts, values),
            )
        )
    verdicts = corrected(verdicts, plain, drawn, {name: index[follows[name]] for name in names})
    passive = results[file.scenario.benchmark]
    return Verdicts(
        measure=section.measure,
        level=section.level,
        draws=section.draws,
        block=section.block,
        least_shift=section.least_shift,
        against=tuple(section.against),
        benchmark=file.scenario.benchmark,
        sessions=passive.sessions,
        drawdown=drawdown_path(passive.returns.to_numpy(np.float64)),
        years=sides.years,
        verdicts=tuple(verdicts),
        passive=_named(plain[index[file.scenario.benchmark]]),
        ceilings=known,
    )


def corrected(verdicts: list[Verdict], plain: FloatArray, drawn: FloatArray, rows: Mapping[str, int]) -> list[Verdict]:
    """The verdicts, with chances corrected for the number of signals that could have been followed.

    ``plain`` and ``drawn`` are figures by book, and by history and book, in units of the measure.

    A signal must beat each rival: the family is every pair of a signal and a rival.
    """
    real = [verdict for verdict in verdicts if not verdict.rival and not verdict.hindsight]
    if not real:
        return verdicts
    column = list(PAIRED).index(real[0].measure)
    pairs = [(verdict.signal, rival) for verdict in real for rival in verdict.against]
    own, rivals = ([rows[pair[side]] for pair in pairs] for side in (0, 1))
    chances = step_down(plain[own, column] - plain[rivals, column], drawn[:, own, column] - drawn[:, rivals, column])
    timing = holm(np.array([verdict.chance for verdict in real]))
    found = {
        verdict.signal: Corrected(
            len(real),
            max(float(chance) for (signal, _), chance in zip(pairs, chances, strict=True) if signal == verdict.signal),
            float(late),
        )
        for verdict, late in zip(real, timing, strict=True)
    }
    return [replace(verdict, corrected=found.get(verdict.signal)) for verdict in verdicts]


def _check_state(name: str, panel: SignalPanel) -> None:
    if "state" not in panel.columns and (len(panel.columns) > 1 or panel.columns[0] == "fire"):
        raise ScenarioError(f"judge.signals: {name!r} has no column 'state', so no policy can follow it")


def _named(figures: FloatArray) -> dict[str, float]:
    return dict(zip(PAIRED, figures.tolist(), strict=True))
