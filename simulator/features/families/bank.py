"""A bank's own indicators, which are not public: optional columns beside the market's."""

from __future__ import annotations

from typing import Final

import numpy as np

from simulator.features.feature import Feature
from simulator.features.past import change
from simulator.features.roles import ROLES

_FAMILY: Final = "bank"
_SOURCE: Final = "Tarkocin & Donduran, section 3 (internal indicators)"


def _level(name: str, key: str, unit: str) -> Feature:
    return Feature(
        name=name,
        family=_FAMILY,
        formula=ROLES[key].text,
        source=_SOURCE,
        unit=unit,
        warmup=0,
        series=(key,),
        compute=lambda ws: ws.series(key),
    )


def _log_change(name: str, key: str) -> Feature:
    return Feature(
        name=name,
        family=_FAMILY,
        formula=f"log change since the session before of: {ROLES[key].text}",
        source=_SOURCE,
        unit="log",
        warmup=1,
        series=(key,),
        compute=lambda ws: change(np.log(np.where(ws.series(key) > 0.0, ws.series(key), np.nan)), 1),
    )


FEATURES: Final = (
    _log_change("bank_liquidity_change", "BANK_LIQUIDITY"),
    _level("bank_lcr", "BANK_LCR", "multiple"),
    _level("bank_outflows", "BANK_OUTFLOWS", "fraction a day"),
    _level("bank_collateral_calls", "BANK_CALLS", "currency"),
    _level("bank_cds", "BANK_CDS", "basis points"),
    _level("bank_funding_spread", "BANK_FUNDING", "percent"),
    _log_change("bank_share_return", "BANK_SHARE"),
)
