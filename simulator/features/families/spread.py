"""Bid-ask spreads: estimated from ranges and returns, and quoted where they are given. Full spreads."""

from __future__ import annotations

from typing import Final

from simulator.core.types import FloatArray
from simulator.features.abreast import Measures
from simulator.features.feature import Feature
from simulator.features.past import change, past_zscore
from simulator.features.reduce import reduced
from simulator.features.spreads import abdi_ranaldo_mean, roll
from simulator.features.windows import expected_shortfall, rolling_mean, rolling_std
from simulator.features.workspace import Workspace

_FAMILY: Final = "spread"
_RANGES: Final = ("high", "low", "close")
_UNIT: Final = "fraction of price"
_CS: Final = "Corwin & Schultz (2012), eq. 14 and 18, II.C"
_FRAMEWORK: Final = "Singh & Sinha, 5.2"


def market_spread(ws: Measures, mean: int = 5) -> FloatArray:
    """(T,) Corwin–Schultz spread of the risky assets, averaged over them and then over ``mean`` days."""
    return ws.memo(f"market spread {mean}", lambda: rolling_mean(ws.daily_spread, mean, mean - 1))


def _quoted(ws: Workspace) -> FloatArray:
    return rolling_mean(reduced(ws.quoted_spread[:, ws.risky], "mean"), 5, 4)


FEATURES: Final = (
    Feature(
        name="corwin_schultz_5",
        family=_FAMILY,
        formula="mean over risky assets, then over 5 days, of S = 2 (e^a - 1) / (1 + e^a) from two-day ranges, S >= 0",
        source=_CS,
        unit=_UNIT,
        warmup=4,
        fields=_RANGES,
        compute=market_spread,
        abreast=True,
    ),
    Feature(
        name="corwin_schultz_zscore_60",
        family=_FAMILY,
        formula="corwin_schultz_5 minus its mean of the last 60 days, over its standard deviation of them",
        source=f"{_CS}; {_FRAMEWORK}",
        unit="standard deviations",
        warmup=43,
        fields=_RANGES,
        compute=lambda ws: past_zscore(market_spread(ws), 60, 40),
        abreast=True,
    ),
    Feature(
        name="corwin_schultz_change_5",
        family=_FAMILY,
        formula="corwin_schultz_5 minus its value 5 sessions ago",
        source=_CS,
        unit=_UNIT,
        warmup=9,
        fields=_RANGES,
        compute=lambda ws: change(market_spread(ws), 5),
        abreast=True,
    ),
    Feature(
        name="corwin_schultz_21",
        family=_FAMILY,
        formula="mean of the Corwin–Schultz spread of single days over 21 days, by asset",
        source=_CS,
        unit=_UNIT,
        warmup=10,
        fields=_RANGES,
        compute=lambda ws: rolling_mean(ws.corwin_schultz, 21, 10),
        reduction="median",
        risky=True,
    ),
    Feature(
        name="abdi_ranaldo_21",
        family=_FAMILY,
        formula="sqrt(max(mean over 21 days of 4 (c - m)(c - m'), 0)), c log close, m and m' log mid-ranges, by asset",
        source="Abdi & Ranaldo (2017), eq. 10",
        unit=_UNIT,
        warmup=10,
        fields=_RANGES,
        compute=lambda ws: abdi_ranaldo_mean(ws.abdi_ranaldo_product, 21),
        reduction="median",
        risky=True,
    ),
    Feature(
        name="roll_21",
        family=_FAMILY,
        formula="2 sqrt(max(-cov(r_t, r_t-1), 0)) of log returns over 21 days, by asset",
        source="Roll (1984), eq. 4",
        unit=_UNIT,
        warmup=22,
        fields=("close",),
        compute=lambda ws: roll(ws.log_returns, 21),
        reduction="mean",
        risky=True,
    ),
    Feature(
        name="quoted_spread_5",
        family=_FAMILY,
        formula="mean over risky assets, then over 5 days, of twice the quoted half-spread",
        source="as quoted",
        unit=_UNIT,
        warmup=3,
        fields=("half_spread",),
        compute=_quoted,
    ),
    Feature(
        name="quoted_spread_zscore_60",
        family=_FAMILY,
        formula="quoted_spread_5 minus its mean of the last 60 days, over its standard deviation of them",
        source=_FRAMEWORK,
        unit="standard deviations",
        warmup=42,
        fields=("half_spread",),
        compute=lambda ws: past_zscore(_quoted(ws), 60, 40),
    ),
    Feature(
        name="spread_volatility_10",
        family=_FAMILY,
        formula="standard deviation over 10 days of the daily Corwin–Schultz spread, mean of the risky assets",
        source=_FRAMEWORK,
        unit=_UNIT,
        warmup=10,
        fields=_RANGES,
        compute=lambda ws: rolling_std(ws.daily_spread, 10),
    ),
    Feature(
        name="quoted_spread_volatility_10",
        family=_FAMILY,
        formula="standard deviation over 10 days of the daily quoted spread, mean of the risky assets",
        source=_FRAMEWORK,
        unit=_UNIT,
        warmup=9,
        fields=("half_spread",),
        compute=lambda ws: rolling_std(reduced(ws.quoted_spread[:, ws.risky], "mean"), 10),
    ),
    Feature(
        name="spread_tail_252",
        family=_FAMILY,
        formula="mean of the largest 5% of the daily Corwin–Schultz spreads of the last 252 days (expected shortfall)",
        source="Singh & Sinha, 3.1.4",
        unit=_UNIT,
        warmup=126,
        fields=_RANGES,
        compute=lambda ws: expected_shortfall(ws.daily_spread),
    ),
)
