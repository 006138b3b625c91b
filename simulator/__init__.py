"""Undertow's simulator: market data in, an event ledger out.

The names below are the public interface; they are imported on first use, so that ``import simulator`` is fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ._siblings import check_siblings

if TYPE_CHECKING:
    from .core.bounds import Bounds, Group
    from .core.day import HOLD, Day
    from .core.errors import (
        DataError,
        ParameterError,
        PluginError,
        ReconciliationError,
        ScenarioError,
        UndertowError,
    )
    from .core.execution import Execution
    from .core.flows import Flow
    from .core.instruments import Instrument
    from .core.market import MarketData
    from .core.panels import SignalPanel
    from .core.release import ReleaseRule
    from .core.series import ExogenousSeries
    from .costs import AlmgrenChriss
    from .engine import ManyResults, RunResult, Terms, prepare, prepare_many, simulate, simulate_many
    from .features import Features
    from .liquidity import LiquidityStress

_HOMES = {
    "AlmgrenChriss": "costs",
    "Bounds": "core.bounds",
    "DataError": "core.errors",
    "Day": "core.day",
    "Execution": "core.execution",
    "ExogenousSeries": "core.series",
    "Features": "features",
    "Flow": "core.flows",
    "Group": "core.bounds",
    "HOLD": "core.day",
    "Instrument": "core.instruments",
    "LiquidityStress": "liquidity",
    "ManyResults": "engine",
    "MarketData": "core.market",
    "ParameterError": "core.errors",
    "PluginError": "core.errors",
    "ReconciliationError": "core.errors",
    "ReleaseRule": "core.release",
    "RunResult": "engine",
    "ScenarioError": "core.errors",
    "SignalPanel": "core.panels",
    "Terms": "engine",
    "UndertowError": "core.errors",
    "prepare": "engine",
    "prepare_many": "engine",
    "simulate": "engine",
    "simulate_many": "engine",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - computed from the table above

check_siblings()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
