"""Signals with models from files: they must belong to the market of their scenario."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.core.errors import UndertowError
from simulator.core.market import MarketData
from simulator.core.protocols import Signal, Stored
from simulator.features import Features


def stored(signals: Mapping[str, Signal]) -> dict[str, Stored]:
    """Those of a scenario's signals whose models were read from files."""
    return {name: signal for name, signal in signals.items() if isinstance(signal, Stored)}


def check_stored(signals: Mapping[str, Stored], market: MarketData) -> None:
    """Raise unless stored signals were fitted on a scenario's market before shocks, or on its beginning.

    Raises
    ------
    UndertowError
        Naming the signal and what is other.
    """
    features = Features(market)
    for name, signal in signals.items():
        try:
            signal.check_data(features)
        except UndertowError as error:
            raise type(error)(f"signals.{name}: {error}") from None


def fingerprints(signals: Mapping[str, Signal]) -> dict[str, str]:
    """SHA-256 of what each stored signal was read from, under the name of its table."""
    return {f"signals.{name}": forecast.fingerprint for name, forecast in stored(signals).items()}
