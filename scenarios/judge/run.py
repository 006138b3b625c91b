"""Judging the signals of a scenario that has been replayed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.verdicts import EqualShare, Placebos, Verdict, Verdicts
from scenarios.build import Scenario
from scenarios.progress import Progress
from signals.placebo import draw_shifts
from simulator.core.errors import ScenarioError
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray
from simulator.engine import RunResult
from simulator.metrics import MEASURES, difference, drawdown_path, resampled

from .placebos import placebo_figures
from .policies import judged_signals, policy_of
from .rivals import books, equal_share, run_rows

_MATCHED = "equal share: {}"


def judge(
    scenario: Scenario,
    panels: Mapping[str, SignalPanel],
    results: Mapping[str, RunResult],
    terms: Mapping[str, Any],
    progress: Progress,
) -> Verdicts:
    """What acting on each signal was worth.

    Parameters
    ----------
    scenario
        Asks for it in its table ``judge``.
    panels
        Its signals, over the whole market.
    results
        Its policies' runs.
    terms
        What every replay of it has in common: arguments of :func:`simulator.simulate`.

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
    matched = {name: equal_share(scenario.policies[follows[name]], name, panels, section, terms) for name in judged}
    sides = books({**results, **{_MATCHED.format(name): one for name, (one, _) in matched.items()}})
    plain = sides.figures()
    seeds = np.random.SeedSequence(file.scenario.seed).spawn(2)
    drawn = resampled(sides, section.draws, section.block, int(seeds[0].generate_state(1)[0]))
    index = {name: number for number, name in enumerate(sides.names)}

    def gaps(own: str, rival: str) -> Any:
        return difference(plain, drawn, index[own], index[rival], section.level)

    rows = run_rows(panels[names[0]], terms)
    shifts = draw_shifts(rows.stop - rows.start, section.placebos, section.least_shift, np.random.default_rng(seeds[1]))
    verdicts = []
    for number, name in enumerate(names, start=1):
        policy = follows[name]
        state = panels[name].state()[rows]
        values = placebo_figures(scenario.policies[policy], name, panels, shifts, rows, terms)
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
                against={one: gaps(policy, follows[one]) for one in section.against if one != name},
                benchmark=gaps(policy, file.scenario.benchmark),
                equal_share=None
                if name not in matched
                else EqualShare(matched[name][1], gaps(policy, _MATCHED.format(name))),
                placebos=Placebos(shifts, values),
            )
        )
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
    )


def _check_state(name: str, panel: SignalPanel) -> None:
    if "state" not in panel.columns and (len(panel.columns) > 1 or panel.columns[0] == "fire"):
        raise ScenarioError(f"judge.signals: {name!r} has no column 'state', so no policy can follow it")


def _named(figures: FloatArray) -> dict[str, float]:
    return dict(zip(MEASURES, figures.tolist(), strict=True))
