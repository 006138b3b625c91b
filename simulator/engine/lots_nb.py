"""Round lots."""

from __future__ import annotations

import numpy as np

from simulator.core.jit import kernel


@kernel(inline=True)
def whole_lots_nb(quantity: float, held: float, lot: float, raw: float) -> float:
    """Shares rounded towards zero to whole lots; a position may be closed whatever its size."""
    if lot <= 0.0 or quantity == -held:
        return quantity
    return np.trunc(quantity * raw / lot * (1.0 + 1e-12)) * lot / raw
