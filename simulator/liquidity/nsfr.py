"""The net stable funding ratio of a bank, from its balance sheet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import FloatArray

from .amounts import amount, by_class, divided, together

#: Share of liabilities and capital that is stable funding (BCBS 295, paragraphs 21 to 25).
AVAILABLE: Final[Mapping[str, float]] = {
    "capital": 1.00,
    "liabilities-over-1y": 1.00,
    "stable-deposits": 0.95,
    "less-stable-deposits": 0.90,
    "corporate-deposits": 0.50,
    "operational-deposits": 0.50,
    "public-sector-deposits": 0.50,
    "financial-6m-to-1y": 0.50,
    "financial-under-6m": 0.00,
    "other-liabilities": 0.00,
}

#: Share of assets and commitments that needs it (BCBS 295, paragraphs 36 to 47).
REQUIRED: Final[Mapping[str, float]] = {
    "cash": 0.00,
    "reserves": 0.00,
    "level-1": 0.05,
    "interbank-on-level-1-under-6m": 0.10,
    "level-2a": 0.15,
    "interbank-under-6m": 0.15,
    "level-2b": 0.50,
    "encumbered-6m-to-1y": 0.50,
    "interbank-6m-to-1y": 0.50,
    "operational-elsewhere": 0.50,
    "loans-under-1y": 0.50,
    "mortgages-over-1y": 0.65,
    "low-risk-loans-over-1y": 0.65,
    "loans-over-1y": 0.85,
    "securities-over-1y": 0.85,
    "equities": 0.85,
    "commodities": 0.85,
    "encumbered-over-1y": 1.00,
    "other-assets": 1.00,
    "undrawn-commitments": 0.05,
}


def net_stable_funding_ratio(
    liabilities: Mapping[str, npt.ArrayLike],
    assets: Mapping[str, npt.ArrayLike],
    *,
    available: Mapping[str, float] | None = None,
    required: Mapping[str, float] | None = None,
) -> FloatArray:
    """Stable funding available over stable funding required: 1.05 is 105%.

    Parameters
    ----------
    liabilities, assets
        Carrying values by class (:data:`AVAILABLE`, :data:`REQUIRED`), in currency; shapes broadcast. Undrawn
        commitments stand among the assets.
    available, required
        Factors that replace the tables', and classes of one's own, as fractions.

    Returns
    -------
    ndarray
        NaN where no stable funding is required.

    Raises
    ------
    ParameterError
        For a class without a factor, and for amounts below zero.

    Notes
    -----
    Source: BCBS 295 (Basel III: the net stable funding ratio, 2014).
    """
    stable = _weighted("liabilities", liabilities, {**AVAILABLE, **(available or {})}, "available")
    needed = _weighted("assets", assets, {**REQUIRED, **(required or {})}, "required")
    together({"liabilities": stable.shape, "assets": needed.shape})
    return divided(stable, needed, np.nan)


def _weighted(whose: str, table: Mapping[str, npt.ArrayLike], factors: Mapping[str, float], which: str) -> FloatArray:
    total = np.zeros(())
    for name, value in by_class(whose, table).items():
        if name not in factors:
            raise ParameterError(f"no factor for {name!r}{nearest(name, factors)}; state it in {which}")
        total = total + amount(f"the factor of {name}", factors[name]) * value
    return total
