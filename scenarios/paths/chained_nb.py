"""Prices of a path from the returns of the sessions drawn."""

from __future__ import annotations

from simulator.core.jit import kernel
from simulator.core.types import FloatArray, IntArray


@kernel
def chained_nb(ratios: FloatArray, rows: IntArray, born: IntArray, price: FloatArray, level: FloatArray) -> None:
    """Write prices on the last sessions of a path.

    Parameters
    ----------
    ratios
        (T, N) price over the previous one; read only on rows drawn for sessions after an asset's first.
    rows
        (T,) the session of history that happens on each session of the path.
    born, price
        (N,) the first session of each asset, and its price then, in currency: its level up to that session.
    level
        (S, N) out: prices on the last S of the T sessions, in currency.
    """
    before = rows.shape[0] - level.shape[0]
    for i in range(level.shape[1]):
        growth = 1.0
        for t in range(min(born[i] + 1, rows.shape[0]), before):
            growth *= ratios[rows[t], i]
        for t in range(before, rows.shape[0]):
            if t > born[i]:
                growth *= ratios[rows[t], i]
            level[t - before, i] = price[i] * growth
