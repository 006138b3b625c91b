"""Alternative and high-frequency series, where the user has them; each with the release rule of its own series."""

from __future__ import annotations

from typing import Final

from simulator.core.types import FloatArray
from simulator.features.feature import Feature
from simulator.features.past import change, past_zscore
from simulator.features.windows import log_positive, over_own_median, rolling_mean
from simulator.features.workspace import Workspace

_FAMILY: Final = "alternative"
_COVAL: Final = "Coval & Stafford (2007); Singh & Sinha, 5.1"
_HASBROUCK: Final = "Hasbrouck (2009); Singh & Sinha, 5.1"


def _zscore(name: str, key: str, what: str, source: str) -> Feature:
    return Feature(
        name=name,
        family=_FAMILY,
        formula=f"{what} minus its mean of the last 252 sessions, over its standard deviation of them",
        source=source,
        unit="standard deviations",
        warmup=125,
        series=(key,),
        compute=lambda ws: past_zscore(ws.series(key)),
    )


def _relative(name: str, key: str, what: str, source: str) -> Feature:
    return Feature(
        name=name,
        family=_FAMILY,
        formula=f"log of 5-session mean {what} over its median of the 252 sessions before those",
        source=source,
        unit="log multiple",
        warmup=130,
        series=(key,),
        compute=lambda ws: log_positive(over_own_median(ws.series(key), 5)),
    )


def _momentum(ws: Workspace) -> FloatArray:
    return change(ws.series("SENTIMENT"), 3)


def _five_days(name: str, key: str, what: str) -> Feature:
    return Feature(
        name=name,
        family=_FAMILY,
        formula=f"mean over 5 sessions of {what}",
        source=_COVAL,
        unit="fraction of assets a day",
        warmup=4,
        series=(key,),
        compute=lambda ws: rolling_mean(ws.series(key), 5),
    )


FEATURES: Final = (
    _zscore("news_uncertainty_zscore", "NEWS", "news-based uncertainty", "Baker, Bloom & Davis (2016)"),
    _zscore("sentiment_zscore", "SENTIMENT", "sentiment", "Singh & Sinha, 5.1"),
    Feature(
        name="sentiment_momentum_3",
        family=_FAMILY,
        formula="sentiment minus its value 3 sessions ago",
        source="Singh & Sinha, 5.2",
        unit="as given",
        warmup=3,
        series=("SENTIMENT",),
        compute=_momentum,
    ),
    _five_days("fund_flows_5", "FUND_FLOWS", "net flow into funds"),
    _five_days("redemptions_5", "REDEMPTIONS", "redemptions from funds"),
    _relative("depth_relative", "DEPTH", "order-book depth", _HASBROUCK),
    _relative("quote_revisions_relative", "REVISIONS", "number of quote revisions", _HASBROUCK),
    _zscore("cancellations_zscore", "CANCELLATIONS", "share of orders cancelled", _HASBROUCK),
    _relative("intraday_volatility_relative", "INTRADAY_VOLATILITY", "intraday realised volatility", _HASBROUCK),
    _relative("intraday_spread_relative", "INTRADAY_SPREAD", "time-weighted quoted spread", _HASBROUCK),
    _zscore("order_imbalance_zscore", "IMBALANCE", "order imbalance", _HASBROUCK),
)
