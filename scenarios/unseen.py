"""Inputs of models beyond all that they had ever been: what a signal says there is extrapolated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.names import few
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Inputs
from simulator.core.types import DateArray, FloatArray
from simulator.engine import RunResult
from simulator.features import Features

from .build import Scenario
from .shock_effect import touched
from .shocks import World

#: Columns that a sentence names.
_NAMED: Final = 3


class Beyond(NamedTuple):
    """Inputs outside the range of all their earlier values.

    Attributes
    ----------
    most
        Most of them on one session.
    names
        Those that are so on any, from the most sessions to the fewest.
    """

    most: int
    names: tuple[str, ...]


def beyond(names: Sequence[str], values: FloatArray, first: int, stop: int) -> Beyond:
    """Which columns of (T, K) inputs leave their range of before ``first`` within sessions ``first`` to ``stop``.

    NaN, a value that is not known, is nowhere; neither is a column that was never known before.
    """
    past, window = values[:first], values[first:stop]
    outside = (window < np.fmin.reduce(past)) | (window > np.fmax.reduce(past))
    days = outside.sum(axis=0)
    ranked = np.argsort(-days, kind="stable")
    return Beyond(int(outside.sum(axis=1).max(initial=0)), tuple(names[k] for k in ranked if days[k]))


def most_of(found: Beyond, count: int, calm: Beyond) -> str:
    """How many of ``count`` inputs lie beyond all earlier values, how many do without shocks, and which."""
    return (
        f"up to {found.most} of the {count} inputs of its models lie beyond all their earlier values "
        f"({calm.most} without shocks; most often {few(found.names, _NAMED)})"
    )


def unseen_in_run(scenario: Scenario, world: World, results: Mapping[str, RunResult]) -> Iterator[str]:
    """For each signal with models that policies read: where a scenario's shocks show it more of the unseen."""
    runs = [result.run for result in results.values()]
    first, stop = touched(scenario, world.market, runs[0].start, runs[0].stop)
    panels = {name: panel for run in runs for name, panel in run.signals.items()}
    for name, panel in panels.items():
        signal = scenario.signals.get(name)
        if first < 1 or not isinstance(signal, Inputs):
            continue
        calm, struck = (signal.inputs(Features(market)) for market in (scenario.market, world.observed))
        usual, found = beyond(*calm, first, stop), beyond(*struck, first, stop)
        if found.most > usual.most:
            days = world.observed.sessions[first:stop]
            yield (
                f"{name}: under the shocks, {days[0]} to {days[-1]}, {most_of(found, len(struck[0]), usual)}: what it "
                f"says there is extrapolated; {_highest(panel, days)}"
            )


def _highest(panel: SignalPanel, days: DateArray) -> str:
    """The highest probability of some sessions, in words; NaN is not known."""
    highest = float(np.fmax.reduce(panel.column("probability")[np.isin(panel.sessions, days)], initial=np.nan))
    return "it says nothing there" if np.isnan(highest) else f"its highest probability there is {highest:.3g}"
