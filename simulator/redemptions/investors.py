"""Who holds a fund, and when they leave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
from scipy.special import bdtrik

from simulator.core.within import Within, check_fields

_SLOPE = Within(0.0, 1000.0)


@dataclass(frozen=True, kw_only=True)
class Investors:
    """A class of investors.

    Parameters
    ----------
    share
        Of the fund that they hold at first.
    usual
        Share of their holdings that they ask back a day whatever happens.
    to_losses, convexity
        Share asked for a loss x over the last month: to_losses x + convexity x^2. Gains bring nobody.
    to_illiquidity, watched
        Share asked for each unit by which the fund's visible liquid share is below ``watched``.
    to_others
        Share asked for each unit that all investors asked for the day before.
    most
        Largest share asked for in a day.
    notice
        Sessions from a request to its dealing day.
    count
        How many they are: each leaves whole, drawn from the generator; ``None`` for very many small ones.

    Source: the shape is that of Goldstein, Jiang & Ng (2017), "Investor flows and fragility in corporate bond funds",
    and Chen, Goldstein & Jiang (2010) for illiquidity; the sizes are yours to state.
    """

    share: Annotated[float, Within(0.0, 1.0, above=True)] = 1.0
    usual: Annotated[float, Within(0.0, 1.0)] = 0.0
    to_losses: Annotated[float, _SLOPE] = 0.2
    convexity: Annotated[float, _SLOPE] = 4.0
    to_illiquidity: Annotated[float, _SLOPE] = 0.0
    watched: Annotated[float, Within(0.0, 1.0)] = 0.5
    to_others: Annotated[float, _SLOPE] = 0.3
    most: Annotated[float, Within(0.0, 1.0, above=True)] = 0.5
    notice: Annotated[int, Within(0, 1000)] = 0
    count: Annotated[int | None, Within(1, 1_000_000)] = None

    def __post_init__(self) -> None:
        check_fields(self, "investors")


class Seen(NamedTuple):
    """What investors know when they ask: figures of the day before."""

    performance: float  # return of a share over the last month
    liquid_share: float
    others: float  # share of the fund asked for


def asked_share(who: Investors, seen: Seen) -> float:
    """Share of their holdings that a class asks back on a day."""
    loss = max(-seen.performance, 0.0)
    share = who.usual + who.to_losses * loss + who.convexity * loss**2
    share += who.to_illiquidity * max(who.watched - seen.liquid_share, 0.0) + who.to_others * seen.others
    return min(share, who.most)


def leaving(share: float, present: int, rng: np.random.Generator) -> float:
    """Share that leaves of a number of investors, each whole.

    It takes one number of the generator, whoever is there and whatever share they ask, so that the same investors are
    of the same mind in two runs that differ.
    """
    drawn = max(float(rng.random()), 2.0**-53)
    if not present or not 0.0 < share < 1.0:
        return float(bool(present) and share >= 1.0)
    leave = float(np.nan_to_num(np.ceil(bdtrik(drawn, present, share))))  # NaN where hardly anybody would
    return min(max(leave, 0.0), float(present)) / present
