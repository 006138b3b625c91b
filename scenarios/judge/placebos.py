"""A policy replayed on many shifts in time of the signal it follows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scenarios.shocks import World
from signals.placebo import shifted
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Strategy
from simulator.core.types import FloatArray, IntArray
from simulator.engine import Terms, simulate_many
from simulator.engine.signals import signal_names
from simulator.metrics import PAIRED

from .fed import Fed


def placebo_figures(
    policy: Strategy,
    signal: str,
    panels: Mapping[str, SignalPanel],
    shifts: IntArray,
    rows: slice,
    world: World,
    terms: Terms,
) -> FloatArray:
    """(shifts, M) figures, in the order of :data:`simulator.metrics.PAIRED`, of a policy on each shift of its signal.

    The signal is turned round within ``rows``, the sessions replayed, so that it is on as long as it was.
    """
    read = signal_names(policy)
    others = {name: panel for name, panel in panels.items() if name != signal and (not read or name in read)}
    fed = {f"{shift}": Fed(policy, {signal: shifted(panels[signal], int(shift), rows)}) for shift in shifts}
    table = simulate_many(world.market, fed, terms, signals=others, observed=world.observed).metrics
    return np.asarray(table[[measure.column for measure in PAIRED.values()]].to_numpy(np.float64))
