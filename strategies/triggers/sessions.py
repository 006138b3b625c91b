"""Sessions that the market alone decides: none, every n, when a signal fires, when an asset lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal
from simulator.core.within import SESSIONS, check_fields
from strategies.signals import SignalRef, carried, panel, signal_name
from strategies.weights import Weights, resolve

from .base import When


@dataclass(frozen=True)
class Once:
    """Never again."""

    def when(self, context: PlanContext) -> When:
        """No session."""
        return When.on(np.zeros(context.sessions.size, bool))


@dataclass(frozen=True)
class Every:
    """Every n of the policy's own sessions: 0, n, 2 n...

    Parameters
    ----------
    sessions
        How many, at least 1.
    """

    sessions: Annotated[int, SESSIONS]

    def __post_init__(self) -> None:
        check_fields(self)

    def when(self, context: PlanContext) -> When:
        """Those sessions."""
        chosen = np.zeros(context.sessions.size, bool)
        chosen[:: self.sessions] = True
        return When.on(chosen)


@dataclass(frozen=True)
class OnSignal:
    """Whenever a signal fires.

    Parameters
    ----------
    signal
        The signal, or its name.
    """

    signal: SignalRef

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signal, if it is carried here."""
        return carried(self.signal)

    @property
    def reads(self) -> tuple[str, ...]:
        """Its name."""
        return (signal_name(self.signal),)

    def when(self, context: PlanContext) -> When:
        """The sessions on which it fires."""
        return When.on(panel(self.signal, context).fires())


@dataclass(frozen=True, eq=False)
class Listing:
    """When an asset that the book has a target for lists.

    Parameters
    ----------
    weights
        Target weights by asset; those without one do not matter.
    """

    weights: Weights

    def when(self, context: PlanContext) -> When:
        """The first sessions of assets that were not there on the first session of all."""
        held = resolve(self.weights, context.assets) != 0.0
        born = context.alive & ~np.vstack([context.alive[:1], context.alive[:-1]])
        return When.on((born & held).any(axis=1))
