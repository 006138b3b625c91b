"""What the trades of many funds together do to prices, volume and depth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from simulator.core.types import FloatArray


class Answer(NamedTuple):
    """How a market answers to a flow, (T, N) each.

    Attributes
    ----------
    displacement
        Log by which prices are displaced once a session's flow has traded.
    before
        The same before it has traded: what is left of earlier sessions.
    volume
        Multiple of the volume that would have been without the flow.
    depth
        Multiple of the depth, as known at the close.
    """

    displacement: FloatArray
    before: FloatArray
    volume: FloatArray
    depth: FloatArray


def answer(
    bought: FloatArray, sold: FloatArray, volume: FloatArray, push: FloatArray, retained: float, thinning: float
) -> Answer:
    """Prices displaced by what is bought net of what is sold, volume raised by it, depth worn by it.

    A session's net flow q moves logs of prices by push x q / (volume x depth left at the previous close); of a
    displacement ``retained`` is left a session later. Funds trade with each other first: the volume rises by the larger
    of what they buy and sell. Depth is 1 / (1 + thinning x u), u being the decayed sum of |q| / volume.

    Parameters
    ----------
    bought, sold
        (T, N) currency, both zero or more.
    volume
        (T, N) currency that others trade; nothing is displaced where it is missing or 0.
    push
        (T, N) log move for a net flow of one day's volume: gamma x daily volatility in the law of Almgren et al.
    retained
        Share of a displacement that is left after a session.
    thinning
        Share of depth, over what is left of it, that a net flow of one day's volume takes.
    """
    safe = np.where(volume > 0.0, volume, np.inf)
    net = (bought - sold) / safe
    worn = lfilter([1.0], [1.0, -retained], np.abs(net), axis=0)
    depth = 1.0 / (1.0 + thinning * worn)
    left = np.concatenate([np.ones((1, depth.shape[1])), depth[:-1]])
    displacement = lfilter([1.0], [1.0, -retained], np.nan_to_num(push) * net / left, axis=0)
    before = np.concatenate([np.zeros((1, depth.shape[1])), retained * displacement[:-1]])
    more: FloatArray = 1.0 + np.maximum(bought, sold) / safe
    return Answer(displacement, before, more, depth)
