"""Synthetic shocks: what a market would have looked like, and what a policy would have done in it."""

from .contagion import Contagion
from .correlation_break import CorrelationBreak
from .data_outage import DataOutage
from .default import Default
from .depth_collapse import DepthCollapse
from .drift import Drift
from .factor_move import FactorMove
from .funding_spike import FundingSpike
from .halt import Halt
from .investor_run import InvestorRun
from .investors import Redemption, Subscription
from .market_closure import MarketClosure
from .market_fall import MarketFall
from .price_gap import PriceGap
from .ranges import RangeMultiplier
from .settlement_fail import SettlementFail
from .signal_faults import SignalDelay, SignalFault, SignalInversion, SignalNoise, check_struck
from .spread_widening import SpreadWidening
from .volatility import VolatilityMultiplier
from .volume import VolumeMultiplier
from .volume_collapse import VolumeCollapse
from .world import Shock, World, apply_shocks, at_once, on_their_days, shock_by_shock
from .yields import CreditSpreadShift, RateShift

__all__ = [
    "Contagion",
    "CorrelationBreak",
    "CreditSpreadShift",
    "DataOutage",
    "Default",
    "DepthCollapse",
    "Drift",
    "FactorMove",
    "FundingSpike",
    "Halt",
    "InvestorRun",
    "MarketClosure",
    "MarketFall",
    "PriceGap",
    "RangeMultiplier",
    "RateShift",
    "Redemption",
    "SettlementFail",
    "Shock",
    "SignalDelay",
    "SignalFault",
    "SignalInversion",
    "SignalNoise",
    "SpreadWidening",
    "Subscription",
    "VolatilityMultiplier",
    "VolumeCollapse",
    "VolumeMultiplier",
    "World",
    "apply_shocks",
    "at_once",
    "check_struck",
    "on_their_days",
    "shock_by_shock",
]
