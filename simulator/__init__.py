"""Undertow's simulator: market data in, an event ledger out.

The names below are the public interface; they are imported on first use, so that ``import simulator`` is fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._lazy import on_first_use
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


__getattr__, __dir__ = on_first_use(__name__, _HOMES)
