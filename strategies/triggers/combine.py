"""Several triggers as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from simulator.core.errors import ParameterError
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal
from strategies.signals import SignalRefs, all_carried, all_read, signal_name

from .base import TradeTrigger, When
from .sessions import OnSignal


class _Several:
    """What any of several and all of several share."""

    def __init__(self, *triggers: TradeTrigger) -> None:
        if not triggers:
            raise ParameterError(f"{type(self).__name__} needs at least one trigger")
        self.triggers = triggers

    @property
    def signals(self) -> Mapping[str, Signal]:
        """The signals they carry."""
        return all_carried(self.triggers)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the signals they read."""
        return all_read(self.triggers)


class AnyOf(_Several):
    """When any of several triggers says so; a band among them is tested where no other does.

    Parameters
    ----------
    triggers
        At most one of them a band.
    """

    def when(self, context: PlanContext) -> When:
        """The sessions of all of them."""
        return reduce(_either, (trigger.when(context) for trigger in self.triggers))


class AllOf(_Several):
    """When all of several triggers say so: a band among them is tested only where the others call.

    Parameters
    ----------
    triggers
        At most one of them a band.
    """

    def when(self, context: PlanContext) -> When:
        """The sessions they share."""
        return reduce(_both, (trigger.when(context) for trigger in self.triggers))


def on_any(trigger: SignalRefs) -> TradeTrigger:
    """When a signal fires, or any of several.

    Raises
    ------
    ParameterError
        Unless it is a signal, the name of one, or a list of these, each once.
    """
    if isinstance(trigger, str) or not isinstance(trigger, Sequence):
        signal_name(trigger)
        return OnSignal(trigger)
    names = [signal_name(signal) for signal in trigger]
    if not names or len(set(names)) < len(names):
        said = f"names a signal twice: {', '.join(names)}" if names else "is an empty list"
        raise ParameterError(f"trigger {said}; name each signal of which any one will do, once")
    return AnyOf(*map(OnSignal, trigger)) if len(names) > 1 else OnSignal(trigger[0])


def _either(a: When, b: When) -> When:
    tested = _tested(a, b)
    return When(a.trade | b.trade, a.test | b.test, tested.band, tested.to_edge, tested.relative)


def _both(a: When, b: When) -> When:
    tested = _tested(a, b)
    test = (a.test & b.trade) | (a.trade & b.test)
    return When(a.trade & b.trade, test, tested.band, tested.to_edge, tested.relative)


def _tested(a: When, b: When) -> When:
    """The one of two that tests a band."""
    if a.test.any() and b.test.any():
        raise ParameterError("two bands in one policy: name one")
    return a if a.test.any() else b
