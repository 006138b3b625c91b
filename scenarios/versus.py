"""Every policy against the benchmark policy, with intervals from redrawn histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from reports.versus import Versus
from simulator.engine import RunResult
from simulator.metrics import PolicyMetrics, difference, paired_figures, resampled

from .side_by_side import books

_DRAWS: Final = 500
_FEWER: Final = 100  # where there are many policies
_MANY: Final = 12
#: Mean block of redrawn histories, in sessions.
BLOCK: Final = 20
#: Of intervals and sets.
LEVEL: Final = 0.90
#: Sessions that redrawn histories need, to be more than copies of one block.
SHORTEST: Final = 2 * BLOCK


def versus(
    results: Mapping[str, RunResult], metrics: Mapping[str, PolicyMetrics], benchmark: str, seed: int
) -> tuple[Versus, ...]:
    """One answer a policy but the benchmark; none where there is nothing to compare, or too little to redraw.

    Intervals are of a stationary bootstrap seeded by the scenario (:func:`~simulator.metrics.resampled`).
    """
    if len(results) < 2 or results[benchmark].sessions.size < SHORTEST:
        return ()
    sides = books(results)
    draws = draws_for(len(results))
    plain, drawn = paired_figures(sides), resampled(sides, draws, BLOCK, seed_of(seed))
    index = {name: number for number, name in enumerate(sides.names)}
    base = metrics[benchmark]
    return tuple(
        Versus(
            name,
            benchmark,
            difference(plain, drawn, index[name], index[benchmark], LEVEL),
            (metrics[name]["max_drawdown"], base["max_drawdown"]),
            (metrics[name]["cost_bps_annual"], base["cost_bps_annual"]),
            LEVEL,
            draws,
            BLOCK,
        )
        for name in results
        if name != benchmark
    )


def seed_of(seed: int) -> int:
    """Of the histories that intervals are redrawn from, given the scenario's."""
    return int(np.random.SeedSequence(seed).spawn(3)[2].generate_state(1)[0])


def draws_for(policies: int) -> int:
    """How many histories are redrawn."""
    return _DRAWS if policies <= _MANY else _FEWER
