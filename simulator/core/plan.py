"""A plan: everything a policy will do that depends on the market alone, laid out before the replay.

Hold, periodic and threshold policies, and any policy driven by a signal, are plans: the replay then never asks
them anything, it only tests the band. A policy that needs the book itself is asked on the sessions it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from . import abi
from .bounds import Bounds
from .errors import PluginError
from .panels import SignalPanel
from .types import BoolArray, DateArray, FloatArray, frozen
from .view import MarketView

#: An action of plans that kernels do not know: trade part of the way to the targets (``Plan.part``).
MOVE: Final = 4
#: A target below this is none: no band is relative to it.
_NO_WEIGHT: Final = 1e-9
#: The kernel calls a little before a band that differs by asset is left; whether it was is for the book to say.
_EARLY: Final = 1.0 - 1e-9


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
    view
        The observed market up to each close, with the history before; ``None`` where a context is made without one.
    """

    sessions: DateArray
    assets: tuple[str, ...]
    alive: BoolArray
    signals: Mapping[str, SignalPanel]
    view: MarketView | None = None

    @property
    def market(self) -> MarketView:
        """The observed market up to each close.

        Raises
        ------
        PluginError
            If the context was made without one.
        """
        if self.view is None:
            raise PluginError("this policy looks at the market, and its context was made without one: give a view")
        return self.view

    def until(self, t: int) -> PlanContext:
        """What is known of it at the close of session t: nothing later."""
        return PlanContext(
            sessions=self.sessions[: t + 1],
            assets=self.assets,
            alive=self.alive[: t + 1],
            signals={name: panel.between(0, t + 1) for name, panel in self.signals.items()},
            view=None if self.view is None else self.view.until(t),
        )


@dataclass(frozen=True, eq=False)
class Plan:
    """Actions by session and the target weights they lead to.

    Attributes
    ----------
    action
        (T,) one of ``abi.NOTHING``, ``TEST_BAND`` (trade if a weight strays further than the band), ``TRADE``
        (to the targets), ``ASK`` (call the policy's ``decide``) and :data:`MOVE` (part of the way to the targets).
    row
        (T,) the row of ``targets`` that holds that session.
    targets
        (rows, N) weights of nav; what is left to one is cash.
    band
        (rows,) largest allowed absolute deviation of a weight, cash included; inf for none.
    to_edge
        Trade back to the edge of the band instead of to the target.
    relative
        Largest allowed deviation as a share of an asset's own target; inf for none. Whichever of the two bands is
        narrower holds; an asset or cash without a target has ``band`` alone.
    part
        Share of the way to the targets that a trade goes on which a band was left, or that a ``MOVE`` asks for.
    failed
        Why no weights could be found on a session, by session; the policy keeps what it has then.
    ruled
        Whether somebody rules on what the plan would trade: kernels then leave that to whoever asks.
    """

    action: npt.NDArray[np.uint8]
    row: npt.NDArray[np.int32]
    targets: FloatArray
    band: FloatArray
    to_edge: bool = False
    relative: float = np.inf
    part: float = 1.0
    failed: Mapping[int, str] = field(default_factory=dict)
    ruled: bool = False

    @property
    def by_book(self) -> bool:
        """Whether more than one band, part of the way or a ruling is asked for: kernels leave the answer to others."""
        partly = self.part < 1.0 or bool((np.asarray(self.action) == MOVE).any())
        return self.ruled or self.relative < np.inf or partly

    def bands(self, targets: FloatArray, band: float) -> FloatArray:
        """(..., N + 1) largest allowed deviation from target weights (..., N) by asset, cash last.

        Both are fractions of nav; inf where there is none.
        """
        whole = np.concatenate([targets, 1.0 - targets.sum(axis=-1, keepdims=True)], axis=-1)
        own = np.where(np.abs(whole) > _NO_WEIGHT, self.relative * np.maximum(np.abs(whole), _NO_WEIGHT), np.inf)
        return np.asarray(np.minimum(own, band))

    def _calls(self, held: FloatArray) -> FloatArray:
        """(rows,) the band at which the kernel calls: that of the asset whose own is narrowest."""
        if not self.relative < np.inf:
            return np.asarray(self.band, np.float64)
        narrowest = self.bands(held, np.inf).min(axis=1) * _EARLY
        return np.minimum(np.asarray(self.band, np.float64), narrowest)

    def arrays(self, bounds: Bounds, assets: tuple[str, ...]) -> abi.PlanArrays:
        """The plan in the form kernels take, its targets brought within the bounds on holdings.

        (T,) sessions and (rows, N) targets.
        """
        held, cut = bounds.apply(np.asarray(self.targets, np.float64), assets)
        action = frozen(np.where(np.asarray(self.action) == MOVE, abi.ASK, self.action), np.uint8)
        row, by_book = frozen(self.row, np.int32), self.by_book
        return abi.PlanArrays(
            action=action,
            until=frozen(_runs(action, row), np.int32),
            row=row,
            targets=frozen(held),
            rules=frozen(np.column_stack([1.0 - held.sum(axis=1), self._calls(held), cut])),
            to_edge=bool(self.to_edge) and not by_book,
            shared=by_book,
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
