"""Where the assets of widely held exchange-traded funds are."""

from __future__ import annotations

from typing import Final

#: What is said of an asset that is not in :data:`KNOWN_REGIONS`.
UNSTATED: Final = "not stated"

#: Region of widely held exchange-traded funds, by ticker: that of the issuers or of the index that they follow.
KNOWN_REGIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("BIL", "SHY", "IEF", "TLT", "TIP", "AGG", "LQD", "HYG"), "US"),
    **dict.fromkeys(("SPY", "QQQ", "MDY", "VTI", "IWM", "VNQ", "IYR"), "US"),
    "EFA": "developed ex US",
    "EWJ": "Japan",
    "IEV": "Europe",
    "EEM": "emerging",
    **dict.fromkeys(("DBC", "GLD"), "global"),
}


def region_of(ticker: str) -> str:
    """The region of a ticker; :data:`UNSTATED` for one that is not known."""
    return KNOWN_REGIONS.get(ticker, UNSTATED)
