"""What judging several things at once does to the chance of being misled."""

from __future__ import annotations

import numpy as np

from simulator.core.types import FloatArray


def step_down(values: FloatArray, drawn: FloatArray) -> FloatArray:
    """(H,) chances that differences as large as these are luck, corrected for how many there are.

    The chance that any of the true differences that are nil or worse is called an advantage stays below the level.
    Because it is read off the same redrawn histories for all, differences that move together are not paid for
    twice, as they are in Bonferroni's and Holm's corrections.

    Parameters
    ----------
    values
        (H,) differences, more being better; NaN counts as none.
    drawn
        (draws, H) the same on redrawn histories.

    Source: Romano & Wolf (2005), Stepwise Multiple Testing as Formalized Data Snooping, Econometrica 73(4), algorithm
    4.1, studentised by the spread over the histories; chances as in Romano & Wolf (2016), Statistics & Probability
    Letters 113.
    """
    usable = np.isfinite(drawn).sum(axis=0) > 1
    spread = np.zeros(values.size)
    spread[usable] = np.nanstd(drawn[:, usable], axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(spread > 0.0, values / spread, -np.inf)
        luck = np.where(spread > 0.0, (drawn - values) / spread, -np.inf)
    own, luck = np.nan_to_num(own, nan=-np.inf, neginf=-np.inf), np.nan_to_num(luck, nan=-np.inf, neginf=-np.inf)
    order = np.argsort(-own, kind="stable")
    # From the largest on, each is compared with the luckiest of those not yet dealt with.
    luckiest = np.maximum.accumulate(luck[:, order][:, ::-1], axis=1)[:, ::-1]
    chances = (1.0 + (luckiest >= own[order]).sum(axis=0)) / (1.0 + len(drawn))
    out = np.empty(values.size)
    out[order] = np.maximum.accumulate(chances)
    return out


def holm(chances: FloatArray) -> FloatArray:
    """(H,) chances corrected for how many there are, whatever their dependence.

    Source: Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    order = np.argsort(chances, kind="stable")
    steps = chances[order] * np.arange(chances.size, 0, -1)
    out = np.empty(chances.size)
    out[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return out
