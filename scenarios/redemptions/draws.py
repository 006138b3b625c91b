"""A run under each tool, as often as counted investors are drawn, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from reports.redemptions import ClassRow, Spread, ToolRow
from simulator.core.types import FloatArray
from simulator.redemptions import Book, Investors, RedemptionRun, Tool, Waterfall, redemption_run

#: Quantiles between which nine of ten draws lie.
_RANGE: Final = (0.05, 0.95)
#: Draws where a class is counted, unless stated.
_USUAL: Final = 25


def draws_of(classes: Mapping[str, Investors], stated: int | None) -> int:
    """How many runs there are under each tool: as stated where a class is counted, else one, as nothing is drawn."""
    counted = any(investor.count is not None for investor in classes.values())
    return (stated or _USUAL) if counted else 1


def drawn(
    book: Book,
    returns: FloatArray,
    classes: Mapping[str, Investors],
    tools: Mapping[str, Tool],
    waterfall: Waterfall,
    seed: int,
    draws: int,
    told: Callable[[int, int], None],
) -> dict[str, list[RedemptionRun]]:
    """Runs by tool; a draw asks the same counted investors under every tool, each by a generator of its own.

    ``returns`` are (T, A) fractions a session.
    """
    who, found = list(classes.values()), {}
    told(0, len(tools) * draws)
    for place, (called, tool) in enumerate(tools.items()):
        found[called] = [
            redemption_run(book, returns, who, tool, waterfall, rng=np.random.default_rng((seed, draw)))
            for draw in range(draws)
        ]
        told((place + 1) * draws, len(tools) * draws)
    return found


def rows_of(runs: Mapping[str, Sequence[RedemptionRun]]) -> list[ToolRow]:
    """What each tool comes to."""
    return [_row(called, line) for called, line in runs.items()]


def class_rows(runs: Mapping[str, Sequence[RedemptionRun]], classes: Sequence[str]) -> list[ClassRow]:
    """What each class asks for and has lost under each tool, means over draws."""
    return [
        ClassRow(
            tool=called,
            investors=name,
            asked=float(np.mean([run.asked_by[k] for run in line])),
            lost_bps=float(np.mean([(1.0 - run.had[k]) * 1e4 for run in line])),
        )
        for called, line in runs.items()
        for k, name in enumerate(classes)
    ]


def mean_path(runs: Sequence[RedemptionRun], name: str) -> FloatArray:
    """(T,) the mean over draws of a series of a run."""
    path: FloatArray = np.mean([getattr(run, name) for run in runs], axis=0)
    return path


def _row(called: str, runs: Sequence[RedemptionRun]) -> ToolRow:
    return ToolRow(
        tool=called,
        dilution_bps=_spread([run.dilution_bps for run in runs]),
        leavers_bps=_spread([run.leavers_bps for run in runs]),
        first_mover_bps=_spread([run.first_mover_bps for run in runs]),
        delay_sessions=_spread([run.delay_sessions for run in runs]),
        asked=float(np.mean([run.weight.sum() for run in runs])),
        dealt=float(np.mean([run.dealt.sum() for run in runs])),
        waiting=float(np.mean([run.waiting[-1] for run in runs])),
        cost=float(np.mean([run.cost.sum() for run in runs])),
        liquid_share=float(np.mean([run.liquid_share[-1] for run in runs])),
        used=float(np.mean([run.triggered.sum() for run in runs])),
    )


def _spread(values: Sequence[float]) -> Spread:
    """The mean of what is defined, and its range over draws; of one draw there is none."""
    known = np.array([value for value in values if np.isfinite(value)])
    if not known.size:
        return Spread(None)
    if len(values) == 1:
        return Spread(float(known[0]))
    low, high = np.quantile(known, _RANGE)
    return Spread(float(known.mean()), float(low), float(high))
