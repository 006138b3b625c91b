"""Credit, rates, implied volatility, and the published indices of stress."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.core.types import FloatArray
from simulator.features.feature import Feature
from simulator.features.past import change, past_percentile
from simulator.features.volatility import realised_volatility
from simulator.features.windows import log_positive
from simulator.features.workspace import Workspace

from ._published import level, with_past

_FAMILY: Final = "macro"
_PERCENT: Final = "percent"
_PAPER: Final = "Singh & Sinha, 5.1"


def _column(name: str, key: str, formula: str, unit: str, source: str = _PAPER) -> Feature:
    return level(name, _FAMILY, formula, source, unit, lambda ws: ws.series(key), key)


def _beyond_realised(ws: Workspace) -> FloatArray:
    return ws.series("VIX") / 100.0 - realised_volatility(ws.book, 21) * np.sqrt(ws.per_year)


FEATURES: Final[tuple[Feature, ...]] = (
    *with_past(_column("vix", "VIX", "VIX", "annual percent")),
    Feature(
        name="vix_log_change_5",
        family=_FAMILY,
        formula="log VIX minus its value 5 sessions ago",
        source=_PAPER,
        unit="log",
        warmup=5,
        series=("VIX",),
        compute=lambda ws: change(log_positive(ws.series("VIX")), 5),
    ),
    Feature(
        name="vix_percentile",
        family=_FAMILY,
        formula="share of all values of VIX so far that do not exceed today's",
        source=_PAPER,
        unit="fraction",
        warmup=251,
        series=("VIX",),
        compute=lambda ws: past_percentile(ws.series("VIX")),
    ),
    Feature(
        name="vix_minus_realised",
        family=_FAMILY,
        formula="VIX minus the annual volatility of the equally weighted book over 21 days",
        source="variance premium, in volatility",
        unit="annual fraction",
        warmup=21,
        fields=("close",),
        series=("VIX",),
        compute=_beyond_realised,
    ),
    *with_past(_column("baa_spread", "BAA", "Baa corporate yield minus the 10-year Treasury", _PERCENT)),
    *with_past(_column("ig_spread", "IG", "option-adjusted spread of investment-grade bonds", _PERCENT)),
    *with_past(_column("hy_spread", "HY", "option-adjusted spread of high-yield bonds", _PERCENT)),
    level(
        "hy_minus_ig",
        _FAMILY,
        "high-yield minus investment-grade option-adjusted spread",
        _PAPER,
        _PERCENT,
        lambda ws: ws.series("HY") - ws.series("IG"),
        *("HY", "IG"),
    ),
    *with_past(_column("term_spread", "TERM", "10-year minus 2-year Treasury", _PERCENT)),
    level(
        "long_term_spread",
        _FAMILY,
        "30-year minus 10-year Treasury",
        "slope of the long end",
        _PERCENT,
        lambda ws: ws.series("Y30") - ws.series("Y10"),
        *("Y30", "Y10"),
    ),
    *with_past(_column("bill", "BILL", "3-month Treasury bill", _PERCENT, "flight to safety")),
    *with_past(_column("treasury_10y", "Y10", "10-year Treasury", _PERCENT, "flight to safety")),
    *with_past(
        _column("stlfsi2", "STLFSI2", "St. Louis Fed stress index, version 2", "index", "Kliesen & McCracken (2020)")
    ),
    *with_past(
        _column("stlfsi4", "STLFSI4", "St. Louis Fed stress index, version 4", "index", "Kliesen & McCracken (2020)")
    ),
    *with_past(
        _column("nfci", "NFCI", "Chicago Fed national financial conditions index", "index", "Brave & Butters (2011)")
    ),
    *with_past(_column("ofr_fsi", "OFRFSI", "OFR financial stress index", "index", "Monin (2019)")),
    _column(
        "credit_gap",
        "CREDIT_GAP",
        "credit-to-GDP gap, as given",
        "percentage points",
        "Drehmann, Borio & Tsatsaronis (2011)",
    ),
)
