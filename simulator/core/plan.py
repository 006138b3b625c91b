"""A plan: everything a policy will do that depends on the market alone, laid out before the replay.

Hold, periodic and threshold policies, and any policy driven by a signal, are plans: the replay then never asks
them anything, it only tests the band. A policy that needs the book itself is asked on the sessions it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import abi
from .panels import SignalPanel
from .types import BoolArray, DateArray, FloatArray, frozen


@dataclass(frozen=True, eq=False)
class PlanContext:
    """What a policy may build its plan from.

    Attributes
    ----------
    sessions
        (T,) the sessions that will be replayed; the policy's own session 0 is the first of them.
    assets
        N names.
    signals
        Signal panels over the same sessions, by name.
    """

    sessions: DateArray
    assets: tuple[str, ...]
    signals: Mapping[str, SignalPanel]


@dataclass(frozen=True, eq=False)
class Plan:
    """Actions by session and the target weights they lead to.

    Attributes
    ----------
    action
        (T,) one of ``abi.NOTHING``, ``TEST_BAND`` (trade if a weight strays further than the band), ``TRADE``
        (to the targets) and ``ASK`` (call the policy's ``decide``).
    row
        (T,) the row of ``targets`` that holds that session.
    targets
        (rows, N) weights of nav; what is left to one is cash.
    band
        (rows,) largest allowed absolute deviation of a weight, cash included; inf for none.
    to_edge
        Trade back to the edge of the band instead of to the target.
    """

    action: npt.NDArray[np.uint8]
    row: npt.NDArray[np.int32]
    targets: FloatArray
    band: FloatArray
    to_edge: bool = False

    def arrays(self) -> abi.PlanArrays:
        """The plan in the form kernels take."""
        targets = frozen(self.targets)
        return abi.PlanArrays(
            action=frozen(self.action, np.uint8),
            row=frozen(self.row, np.int32),
            targets=targets,
            cash_target=frozen(1.0 - targets.sum(axis=1)),
            band=frozen(self.band),
            to_edge=bool(self.to_edge),
        )

    @classmethod
    def asking(cls, when: BoolArray, assets: int) -> Plan:
        """A plan that only asks: ``decide`` is called on the sessions marked in ``when`` (T,)."""
        action = np.where(when, abi.ASK, abi.NOTHING).astype(np.uint8)
        row = np.zeros(when.size, np.int32)
        return cls(action, row, np.zeros((1, assets)), np.array([np.inf]))
