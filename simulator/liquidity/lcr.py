"""The liquidity coverage ratio of a bank."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from simulator.core.types import FloatArray

from .amounts import amount, divided, together

#: Inflows pay for at most this share of outflows (BCBS 238, paragraph 69).
INFLOW_CAP: Final = 0.75


def net_outflows(outflows: npt.ArrayLike, inflows: npt.ArrayLike, *, inflow_cap: float = INFLOW_CAP) -> FloatArray:
    """Outflows of the next 30 days less inflows, these at most ``inflow_cap`` of outflows; in currency.

    The EU lifts the cap to 90% or 100% for some specialised lenders (2015/61, articles 33 and 34); the add-on for
    mismatched maturities of the US (12 CFR 249.30(b)) is the user's to put into ``outflows``.
    """
    out, back, cap = amount("outflows", outflows), amount("inflows", inflows), amount("inflow_cap", inflow_cap)
    together({"outflows": out.shape, "inflows": back.shape, "inflow_cap": cap.shape})
    paid: FloatArray = np.minimum(back, cap * out)
    return out - paid


def liquidity_coverage_ratio(
    stock: npt.ArrayLike, outflows: npt.ArrayLike, inflows: npt.ArrayLike, *, inflow_cap: float = INFLOW_CAP
) -> FloatArray:
    """Stock of high-quality liquid assets over net outflows of 30 days: 1.2 is 120%.

    Parameters
    ----------
    stock
        Of :func:`high_quality_liquid_assets`, in currency; all three broadcast.
    outflows, inflows
        Expected over 30 days of stress, in currency; of :func:`weighted_outflows` and :func:`weighted_inflows`.

    Returns
    -------
    ndarray
        NaN where there is no net outflow: the ratio is undefined there, not infinite; NaN where an amount is.

    Notes
    -----
    Source: BCBS 238 (Basel III: The Liquidity Coverage Ratio, 2013), paragraphs 22 and 69.
    """
    held, net = amount("stock", stock), net_outflows(outflows, inflows, inflow_cap=inflow_cap)
    together({"stock": held.shape, "net outflows": net.shape})
    return divided(held, net, np.nan)
