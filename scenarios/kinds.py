"""The kinds a scenario file may name. Values are imported only when used."""

from __future__ import annotations

from typing import Final

SIGNALS: Final = {
    "calendar": "signals.calendar:Calendar",
    "volatility": "signals.volatility:VolatilityTrigger",
    "volatility-past": "signals.past_volatility:PastVolatility",
    "volatility-hindsight": "signals.hindsight_volatility:HindsightVolatility",
    "threshold": "signals.threshold:Threshold",
    "published-status": "signals.stress.status:PublishedStatus",
    "stress-forecast": "signals.stress.forecast:StressForecast",
    "saved-forecast": "signals.stress.saved.signal:SavedForecast",
    "foresight": "signals.stress.foresight:Foresight",
}

#: Keys by kind of signal that name a file or folder beside the scenario file.
PATHS: Final = {"saved-forecast": ("path",)}

POLICIES: Final = {
    "hold": "strategies.named:Hold",
    "periodic": "strategies.named:Periodic",
    "equal-weight": "strategies.named:EqualWeight",
    "threshold-band": "strategies.named:ThresholdBand",
    "de-risk": "strategies.named:DeRisk",
    "optimised": "strategies.optimise:Optimised",
    "multi-period": "strategies.optimise:MultiPeriod",
    "two-stage": "strategies.optimise:TwoStage",
    "liquidity-ladder": "strategies.overlaid:liquidity_ladder",
    "shorten-duration": "strategies.overlaid:shorten_duration",
    "volatility-target": "strategies.overlaid:volatility_target",
    "hedge": "strategies.overlaid:hedge",
    "skfolio": "strategies.named:Skfolio",
    "risk-parity": "strategies.named:RiskParity",
    "minimum-variance": "strategies.named:MinimumVariance",
    "cvar": "strategies.named:CVaR",
    "leverage-target": "strategies.leverage:LeverageTarget",
    "leverage-threshold": "strategies.leverage:LeverageThreshold",
    "composed": "scenarios.parts:composed",
}

#: What a composed policy holds ...
HOLDINGS: Final = {
    "fixed": "strategies.holdings:Fixed",
    "equal-weight": "strategies.holdings:Equal",
    "skfolio": "strategies.holdings:Fitted",
    "risk-parity": "strategies.holdings:risk_parity",
    "minimum-variance": "strategies.holdings:minimum_variance",
    "cvar": "strategies.holdings:cvar",
}

#: ... when it trades, besides the name of a signal, a period of the calendar, and all or any of several ...
TRIGGERS: Final = {
    "once": "strategies.triggers:Once",
    "every": "strategies.triggers:Every",
    "calendar": "signals.calendar:Calendar",
    "signal": "strategies.triggers:OnSignal",
    "listing": "strategies.triggers:Listing",
    "band": "strategies.triggers:Band",
}

#: ... and what stress changes.
OVERLAYS: Final = {
    "de-risk": "strategies.overlays:RiskOff",
    "liquidity-ladder": "strategies.overlays:LiquidityLadder",
    "shorten-duration": "strategies.overlays:ShortenDuration",
    "volatility-target": "strategies.overlays:VolatilityTarget",
    "hedge": "strategies.overlays:Hedge",
}

COSTS: Final = {
    "almgren-chriss": "simulator.costs.almgren_chriss:AlmgrenChriss",
}

SHOCKS: Final = {
    "price-gap": "scenarios.shocks.price_gap:PriceGap",
    "drift": "scenarios.shocks.drift:Drift",
    "market-fall": "scenarios.shocks.market_fall:MarketFall",
    "factor-move": "scenarios.shocks.factor_move:FactorMove",
    "correlation-break": "scenarios.shocks.correlation_break:CorrelationBreak",
    "rate-shift": "scenarios.shocks.yields:RateShift",
    "credit-spread-shift": "scenarios.shocks.yields:CreditSpreadShift",
    "contagion": "scenarios.shocks.contagion:Contagion",
    "volatility": "scenarios.shocks.volatility:VolatilityMultiplier",
    "volume-collapse": "scenarios.shocks.volume_collapse:VolumeCollapse",
    "volume": "scenarios.shocks.volume:VolumeMultiplier",
    "depth-collapse": "scenarios.shocks.depth_collapse:DepthCollapse",
    "spread-widening": "scenarios.shocks.spread_widening:SpreadWidening",
    "ranges": "scenarios.shocks.ranges:RangeMultiplier",
    "halt": "scenarios.shocks.halt:Halt",
    "market-closure": "scenarios.shocks.market_closure:MarketClosure",
    "default": "scenarios.shocks.default:Default",
    "redemption": "scenarios.shocks.investors:Redemption",
    "settlement-fail": "scenarios.shocks.settlement_fail:SettlementFail",
    "subscription": "scenarios.shocks.investors:Subscription",
    "funding-spike": "scenarios.shocks.funding_spike:FundingSpike",
    "data-outage": "scenarios.shocks.data_outage:DataOutage",
    "investor-run": "scenarios.shocks.investor_run:InvestorRun",
    "signal-delay": "scenarios.shocks.signal_faults:SignalDelay",
    "signal-noise": "scenarios.shocks.signal_faults:SignalNoise",
    "signal-inversion": "scenarios.shocks.signal_faults:SignalInversion",
}

#: What paths are drawn by.
GENERATORS: Final = {
    "bootstrap": "scenarios.paths.blocks:Stationary",
    "circular": "scenarios.paths.blocks:Circular",
    "regimes": "scenarios.paths.regimes:Regimes",
    "garch": "scenarios.paths.garch:Garch",
    "jumps": "scenarios.paths.jumps:Jumps",
    "conditional": "scenarios.paths.conditional:Conditional",
    "splice": "scenarios.paths.splice:Splice",
}
