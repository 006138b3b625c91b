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
}

COSTS: Final = {
    "almgren-chriss": "simulator.costs.almgren_chriss:AlmgrenChriss",
}

SHOCKS: Final = {
    "price-gap": "scenarios.shocks.price_gap:PriceGap",
    "volatility": "scenarios.shocks.volatility:VolatilityMultiplier",
    "volume-collapse": "scenarios.shocks.volume_collapse:VolumeCollapse",
    "spread-widening": "scenarios.shocks.spread_widening:SpreadWidening",
}
