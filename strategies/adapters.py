"""A user's own function as a policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from simulator.core.day import Day, Hold
from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal, Targets
from simulator.core.types import BoolArray
from simulator.core.within import SESSIONS, bounded

from .signals import SignalRefs, all_carried, all_read
from .triggers import Every, on_any

Decide = Callable[[Day], Targets | Hold]


class FromCallable:
    """A policy from a function of the day's view; see :func:`from_callable`."""

    @bounded
    def __init__(
        self,
        function: Decide,
        name: str | None = None,
        every: Annotated[int, SESSIONS] = 1,
        trigger: SignalRefs | None = None,
        reads: tuple[str, ...] = (),
    ) -> None:
        if not callable(function):
            raise ParameterError(f"from_callable needs a function of the day, not {function!r}")
        self._fires = None if trigger is None else on_any(trigger)
        self.function, self.every, self.trigger = function, every, trigger
        self.name = name or getattr(function, "__name__", type(function).__name__)
        self.reads = (*reads, *all_read((self._fires,)))

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals it carries itself, if any."""
        return all_carried((self._fires,))

    def review(self, context: PlanContext) -> BoolArray:
        """(T,) the sessions on which the function is called."""
        if self._fires is None:
            return Every(self.every).when(context).trade
        asked = self._fires.when(context).trade.copy()
        asked[0] = True
        return asked

    def decide(self, day: Day) -> Targets | Hold:
        """What the function says."""
        return self.function(day)


def from_callable(
    function: Decide,
    *,
    name: str | None = None,
    every: int = 1,
    trigger: SignalRefs | None = None,
    reads: tuple[str, ...] = (),
) -> FromCallable:
    """Turn ``function(day) -> weights or HOLD`` into a policy.

    Parameters
    ----------
    function
        Called at the close; returns target weights by asset (mapping, Series or array; what is left to one is
        cash) or ``HOLD``. pandas is welcome: see ``day.weights`` and ``day.history()``.
    name
        Default: the function's own name.
    every
        Sessions between calls.
    trigger
        A signal, or the name of one, or a list of them: the function is called on the first session and whenever any
        of them fires.
    reads
        Names of the signals the function looks at, so that the run starts after their warm-up.
    """
    return FromCallable(function, name, every, trigger, reads)
