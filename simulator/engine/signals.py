"""Which signals a policy uses, and their panels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from simulator.core.errors import PluginError, nearest, shown
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Signal
from simulator.features import Features


def own_signals(strategy: Any, name: str = "") -> dict[str, Signal]:
    """The signal objects a strategy carries, by name; raise :class:`PluginError` if it states them otherwise.

    ``name`` is what the policy is called where it has another name than its own.
    """
    carried = getattr(strategy, "signals", None) or {}
    if not isinstance(carried, Mapping):
        raise PluginError(f"policy {name or strategy_name(strategy)!r}: signals must be a table of signals by name")
    return dict(carried)


def signal_names(strategy: Any, name: str = "") -> tuple[str, ...]:
    """The names of the signals a strategy reads; raise :class:`PluginError` if it states them otherwise."""
    where = f"policy {name or strategy_name(strategy)!r}"
    names = getattr(strategy, "reads", ()) or ()
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise PluginError(f"{where}: reads must be a list of names of signals, not {shown(names)}")
    listed = tuple(names)
    for read in listed:
        if not isinstance(read, str):
            raise PluginError(f"{where}: reads holds {shown(read)}; write the signal's name")
    return listed


def gather(
    strategy: Any, given: Mapping[str, Signal | SignalPanel], market: MarketData, name: str = ""
) -> tuple[dict[str, SignalPanel], int]:
    """Compute every signal at hand; return the panels and the longest warm-up among those the strategy reads.

    Panels are over the T sessions of the market, the warm-up is in sessions.
    """
    signals: dict[str, Signal | SignalPanel] = {**given, **own_signals(strategy, name)}
    reads = signal_names(strategy, name)
    for read in reads:
        if read not in signals:
            hint = nearest(read, signals)
            raise PluginError(
                f"policy {name or strategy_name(strategy)!r} reads signal {read!r}, which is not given{hint}"
            )
    used = set(reads) or set(signals)
    features = Features(market)
    panels = {label: panel_of(label, signal, features) for label, signal in signals.items()}
    warmups = [int(getattr(signal, "warmup", 0)) for label, signal in signals.items() if label in used]
    return panels, max(warmups, default=0)


def panel_of(name: str, signal: Signal | SignalPanel, features: Features) -> SignalPanel:
    """A signal's panel, checked against its market.

    Its sessions are the T of the market, or a :class:`PluginError` says so.
    """
    if not isinstance(signal, SignalPanel) and not callable(getattr(signal, "compute", None)):
        raise PluginError(
            f"signal {name!r} is of type {type(signal).__name__}; give a signal, which has compute, or a panel"
        )
    panel = signal if isinstance(signal, SignalPanel) else signal.compute(features)
    if not isinstance(panel, SignalPanel):
        raise PluginError(f"signal {name!r}: compute must return a SignalPanel, not {type(panel).__name__}")
    if panel.sessions is not features.sessions and not np.array_equal(panel.sessions, features.sessions):
        raise PluginError(f"signal {name!r}: its sessions are not those of the market")
    return panel


def strategy_name(strategy: Any) -> str:
    """The name a strategy gives itself, else its class's."""
    return str(getattr(strategy, "name", None) or type(strategy).__name__)
