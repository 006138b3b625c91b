"""Which runs are alike but for the width of their band: they can be replayed as one until their decisions differ."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.core import abi
from simulator.core.types import IntArray, frozen

#: Most runs replayed as one: each may need a book of its own to be put aside.
_MOST = 128


def turns(plans: Sequence[abi.PlanArrays], calendar: Sequence[int], policies: int) -> tuple[IntArray, IntArray]:
    """The order in which runs are replayed, and for each place where the runs that begin together there end.

    ``plans`` come path by path, ``policies`` to a path; those with the same ``calendar`` act on the same sessions, by
    the same rows. Runs that go together follow each other, the narrowest band first: wherever a wider band is left, a
    narrower one is left as well. Those that act most often come first on their path, so that what is left for the last
    worker is short.
    """
    families: dict[tuple[object, ...], list[int]] = {}
    for k, plan in enumerate(plans):
        families.setdefault((k // policies, calendar[k], *_family(k, plan)), []).append(k)
    ordered = sorted(families.values(), key=lambda runs: (runs[0] // policies, -_acts(plans[runs[0]])))
    turn, end = [], []
    for runs in ordered:
        for together in _ascending(runs, plans):
            turn += together
            end += [len(turn)] * len(together)
    return frozen(turn, np.int64), frozen(end, np.int64)


def _family(k: int, plan: abi.PlanArrays) -> tuple[object, ...]:
    """What runs that go together have in common besides their path and calendar.

    A run whose trades depend on its band (to its edge), or whose band is none, has a family of its own.
    """
    if plan.to_edge or not (_bands(plan) > 0.0).all():
        return (k,)
    others = np.delete(plan.rules, abi.RULE_BAND, axis=1)
    return (_digest(plan.targets), _digest(others))


def _ascending(runs: Sequence[int], plans: Sequence[abi.PlanArrays]) -> list[list[int]]:
    """The runs in order of their bands, parted where one is not at least as wide as the last in every row."""
    bands = {k: _bands(plans[k]) for k in runs}
    groups: list[list[int]] = []
    for k in sorted(runs, key=lambda k: bands[k].tolist()):
        if groups and len(groups[-1]) < _MOST and (bands[k] >= bands[groups[-1][-1]]).all():
            groups[-1].append(k)
        else:
            groups.append([k])
    return groups


def _bands(plan: abi.PlanArrays) -> npt.NDArray[np.float64]:
    return plan.rules[:, abi.RULE_BAND]


def _acts(plan: abi.PlanArrays) -> int:
    return int(np.count_nonzero(plan.action))


def _digest(array: npt.NDArray[Any]) -> bytes:
    return hashlib.sha256(array.tobytes()).digest()
