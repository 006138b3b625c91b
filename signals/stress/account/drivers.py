"""What moved a status signal from one session to the next, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signals.stress.models.nowcast import RidgeNowcast

from .refits import Refit, Refits
from .terms import terms, unit

#: Drivers that are no column: another model came into use, the threshold moved.
REFIT, THRESHOLD = "new model", "threshold"


class Driver(NamedTuple):
    """One part of the move. A move is in its ``unit``."""

    name: str
    move: float  # toward the new colour if it has the sign of the change
    unit: str


def drivers(held: Refits, numbers: tuple[int, int], rows: tuple[int, int], move: tuple[int, int]) -> Sequence[Driver]:
    """What moved the signal between two sessions; empty for a model whose answer is no sum over columns.

    Parameters
    ----------
    held
        The models in use on both sessions.
    numbers
        Of their splits.
    rows
        The two sessions, as rows of the problem.
    move
        The colour before and after.

    Notes
    -----
    Columns are compared under the later model. For the ridge nowcast the parts, with those of a new model and of the
    threshold, sum exactly to the change of its estimate relative to the last threshold that it crossed.
    """
    old, new = (held.refits[number] for number in numbers)
    before, after = move
    if new.model is None:
        return ()
    x = held.x[list(rows)]
    told = terms(new.model, x, after, before)
    if told is None:
        return ()
    step, kind = told[1] - told[0], unit(new.model)
    found = [Driver(name, float(value), kind) for name, value in zip(held.candidate.columns, step, strict=True)]
    if isinstance(new.model, RidgeNowcast):
        found += _beside(held, old, new, rows, move)
    found.sort(key=lambda driver: -abs(driver.move))
    return found


def _beside(held: Refits, old: Refit, new: Refit, rows: tuple[int, int], move: tuple[int, int]) -> list[Driver]:
    """What a new model and a moved threshold did to the distance between the estimate and the threshold."""
    kind, found = unit(new.model), []
    if old.model is not None and old.number != new.number:
        asked = held.x[rows[0] : rows[0] + 1]
        gap = float(new.model.predict_level(asked)[0] - old.model.predict_level(asked)[0])
        found.append(Driver(REFIT, gap, kind))
    crossed = max(move) - 1
    bounds = held.problem.side["bounds"]
    lift = float(bounds[rows[1], crossed] - bounds[rows[0], crossed])
    if lift != 0.0:
        found.append(Driver(THRESHOLD, -lift, kind))
    return found


def leading(found: Sequence[Driver], upward: bool, count: int = 3) -> list[Driver]:
    """The largest drivers in the direction of the change."""
    sign = 1.0 if upward else -1.0
    return [driver for driver in found if np.sign(driver.move) == sign][:count]
