"""Trading back to the edges of a band instead of to its middle."""

from __future__ import annotations

from .jit import kernel
from .types import FloatArray


@kernel
def to_edges_nb(shares: FloatArray, prices: FloatArray, nav: float, band: float, goal: FloatArray) -> None:
    """Turn target weights in ``goal`` (N,) into the weights within ``band`` of them that are nearest to those held.

    Each asset goes to its own edge, so that together they may ask for more than all of nav: what is raised is then
    raised less, all of it by one factor, and if even what is held is more than nav (marked at impacted prices) all
    is scaled down.
    """
    total, raised = 0.0, 0.0
    for i in range(goal.shape[0]):
        held = shares[i] * prices[i] / nav
        goal[i] = min(max(held, goal[i] - band), goal[i] + band)
        total += goal[i]
        raised += max(goal[i] - held, 0.0)
    if total <= 1.0:
        return
    part = max(raised - (total - 1.0), 0.0) / raised if raised > 0.0 else 0.0
    down = 1.0 / max(total - raised, 1.0)
    for i in range(goal.shape[0]):
        held = shares[i] * prices[i] / nav
        if goal[i] > held:
            goal[i] = held + part * (goal[i] - held)
        goal[i] *= down
