"""Where things lie in the book (kernels cannot return views, so these are row numbers)."""

from __future__ import annotations

from simulator.core.abi import QUEUE, Limits
from simulator.core.jit import kernel


@kernel(inline=True)
def first_slice_nb(limits: Limits) -> int:
    """Row after the orders in flight, from which the slices of a schedule follow."""
    return QUEUE + max(limits.lag, 1)
