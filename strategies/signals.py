"""The signals that parts of a policy carry or name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from simulator.core.errors import ParameterError, PluginError, nearest, shown
from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal

#: A signal, or the name of one.
SignalRef: TypeAlias = str | Signal
#: One, or several of which any one will do.
SignalRefs: TypeAlias = SignalRef | Sequence[SignalRef]


def signal_name(signal: SignalRef) -> str:
    """The name under which its panel is found; raise :class:`ParameterError` for what is no signal."""
    name = signal if isinstance(signal, str) else getattr(signal, "name", None)
    if not isinstance(name, str) or not name:
        raise ParameterError(f"a trigger is a signal or the name of one, not {shown(signal)}")
    return name


def carried(*signals: SignalRef | None) -> dict[str, Signal]:
    """The signal objects among some, by name (names alone are resolved by the run)."""
    return {signal.name: signal for signal in signals if signal is not None and not isinstance(signal, str)}


def panel(signal: SignalRef, context: PlanContext) -> SignalPanel:
    """A signal's panel. Its values are (T, K) over the sessions of the run.

    Raises
    ------
    PluginError
        If there is none of that name; the nearest is suggested.
    """
    name = signal_name(signal)
    if name not in context.signals:
        raise PluginError(f"no signal {name!r} here{nearest(name, context.signals)}")
    return context.signals[name]


def all_carried(parts: Iterable[Any]) -> Mapping[str, Signal]:
    """The signals that some parts of a policy carry, by name."""
    return {name: signal for part in parts for name, signal in getattr(part, "signals", {}).items()}


def all_read(parts: Iterable[Any]) -> tuple[str, ...]:
    """The names of the signals that some parts of a policy read, each once."""
    return tuple(dict.fromkeys(name for part in parts for name in getattr(part, "reads", ())))
