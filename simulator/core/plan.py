"""A plan: everything a policy will do that depends on the market alone, laid out before the replay.

Hold, periodic and threshold policies, and any policy driven by a signal, are plans: the replay then never asks
them anything, it only tests the band. A policy that needs the book itself is asked on the sessions it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from . import abi
from .bounds import Bounds
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
    alive
        (T, N) True while an asset is listed: from its first price until it is delisted.
    signals
        Signal panels over the same sessions, by name.
    """

    sessions: DateArray
    assets: tuple[str, ...]
    alive: BoolArray
    signals: Mapping[str, SignalPanel]

    def until(self, t: int) -> PlanContext:
        """What is known of it at the close of session t: nothing later."""
        return PlanContext(
            sessions=self.sessions[: t + 1],
            assets=self.assets,
            alive=self.alive[: t + 1],
            signals={name: panel.between(0, t + 1) for name, panel in self.signals.items()},
        )


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

    def arrays(self, bounds: Bounds, assets: tuple[str, ...]) -> abi.PlanArrays:
        """The plan in the form kernels take, its targets brought within the bounds on holdings."""
        held, cut = bounds.apply(np.asarray(self.targets, np.float64), assets)
        action, row = frozen(self.action, np.uint8), frozen(self.row, np.int32)
        return abi.PlanArrays(
            action=action,
            until=frozen(_runs(action, row), np.int32),
            row=row,
            targets=frozen(held),
            rules=frozen(np.column_stack([1.0 - held.sum(axis=1), self.band, cut])),
            to_edge=bool(self.to_edge),
            shared=False,
        )

    def listed(self, context: PlanContext) -> Plan:
        """The plan with targets of assets not listed on a session left in cash then, row by row."""
        if context.alive.all():
            return self
        patterns, which = np.unique(context.alive, axis=0, return_inverse=True)
        used, row = np.unique(np.stack([self.row, which.ravel()]), axis=1, return_inverse=True)
        return replace(
            self,
            row=row.ravel().astype(np.int32),
            targets=self.targets[used[0]] * patterns[used[1]],
            band=np.asarray(self.band)[used[0]],
        )

    @classmethod
    def asking(cls, when: BoolArray, assets: int) -> Plan:
        """A plan that only asks: ``decide`` is called on the sessions marked in ``when`` (T,)."""
        action = np.where(when, abi.ASK, abi.NOTHING).astype(np.uint8)
        row = np.zeros(when.size, np.int32)
        return cls(action, row, np.zeros((1, assets)), np.array([np.inf]))


def _runs(action: npt.NDArray[np.uint8], row: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """(T,) end (exclusive) of the run of sessions with the same action, and the same row where it matters."""
    matters = np.where(action == abi.NOTHING, -1, row)
    changes = np.flatnonzero((action[1:] != action[:-1]) | (matters[1:] != matters[:-1])) + 1
    ends = np.append(changes, action.size)
    return np.repeat(ends, np.diff(ends, prepend=0))
