"""What may have to be raised and from what: scenarios drawn from the past, or stated shapes of stress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.types import BoolArray, FloatArray, IntArray
from simulator.core.view import MarketView

#: What a shape may state, and the range of each.
_KEYS: Final = {
    "redemption": (0.0, 1.0),
    "depth": (0.0, 1.0),
    "spread": (0.0, 1e4),
    "volatility": (0.0, 1e4),
    "chance": (0.0, 1.0),
}
#: Beyond these multiples of its forecast a window's volatility or spread is a bad print.
_LEAST: Final = 0.1
_MOST: Final = 20.0


@dataclass(frozen=True, eq=False)
class Draws:
    """S scenarios of n assets.

    Attributes
    ----------
    redemption
        (S,) share of the book.
    depth, spread, volatility
        (S, n) multiples of today's.
    chance
        (S,) share of each among them; they sum to one.
    """

    redemption: FloatArray
    depth: FloatArray
    spread: FloatArray
    volatility: FloatArray
    chance: FloatArray


def stated(shapes: Sequence[Mapping[str, float]], assets: int) -> Draws:
    """Shapes of stress as a user states them, alike for all assets; equally likely where no chance is stated.

    Arrays are (S,) and (S, N).
    """

    def column(key: str, default: float) -> FloatArray:
        return np.array([float(shape.get(key, default)) for shape in shapes])

    chance = column("chance", 1.0)
    wide = {key: np.repeat(column(key, 1.0)[:, None], assets, axis=1) for key in ("depth", "spread", "volatility")}
    return Draws(column("redemption", 0.0), **wide, chance=chance / chance.sum())


def check_shapes(shapes: Sequence[Mapping[str, float]]) -> None:
    """Raise :class:`ParameterError` for shapes that are none."""
    if not len(shapes):
        raise ParameterError("shapes is an empty list; leave it out to draw from the past")
    for number, shape in enumerate(shapes):
        for key, value in shape.items():
            if key not in _KEYS:
                raise ParameterError(f"shapes[{number}]: no {key!r}{nearest(str(key), _KEYS)}")
            low, high = _KEYS[key]
            if not low <= value <= high:
                raise ParameterError(f"shapes[{number}].{key} must lie in [{low:g}, {high:g}], not {value:g}")
        if "redemption" not in shape:
            raise ParameterError(f"shapes[{number}]: state its redemption, a share of the book")
    if any("chance" in shape for shape in shapes) and sum(shape.get("chance", 1.0) for shape in shapes) <= 0.0:
        raise ParameterError("shapes: at least one needs a chance above zero")


def drawn(
    view: MarketView,
    t: int,
    chosen: BoolArray,
    *,
    scenarios: int,
    days: int,
    redemption: float,
    memory: int,
    rng: np.random.Generator,
) -> Draws:
    """Scenarios drawn from windows of ``days`` sessions among the last ``memory``, up to the close of session t.

    A window gives, for each asset, the mean volume over what was forecast as it began (1 at most: more tape in a crisis
    is not more depth), the root of its mean squared return over the volatility forecast then, and the half-spread at
    its end over that at its beginning. The worse the mean return of the assets was, the more is redeemed: all of
    ``redemption`` after the worst window of all, half of it after the median one. Windows are drawn without
    replacement where there are enough.
    """
    last = view.before + t
    ends = np.arange(max(last - memory + 1, days), last + 1)
    returns = np.nan_to_num(view.returns[: last + 1, chosen])
    grown = np.vstack([np.zeros(returns.shape[1]), np.cumsum(np.log1p(np.maximum(returns, -0.999999)), axis=0)])
    earned = (grown[ends + 1] - grown[ends + 1 - days]).mean(axis=1)
    worse = 1.0 - np.argsort(np.argsort(earned, kind="stable"), kind="stable") / ends.size
    pick = np.sort(rng.choice(ends.size, scenarios, replace=ends.size < scenarios))
    inside = ends[pick][:, None] - np.arange(days)[None]
    began = ends[pick] - days
    return Draws(
        redemption=redemption * worse[pick],
        depth=_depth(view, chosen, inside, began),
        spread=_times(view.half_spread[ends[pick]][:, chosen], view.half_spread[began][:, chosen]),
        volatility=_times(np.sqrt((returns[inside] ** 2).mean(axis=1)), view.volatility[began][:, chosen]),
        chance=np.full(scenarios, 1.0 / scenarios),
    )


def _depth(view: MarketView, chosen: BoolArray, inside: IntArray, began: IntArray) -> FloatArray:
    """(S, n) mean volume of each window over the forecast as it began, 1 at most; 1 where either is unknown."""
    if view.volumes is None:
        return np.ones((inside.shape[0], int(chosen.sum())))
    traded = np.nan_to_num(view.volumes[:, chosen])[inside].mean(axis=1)
    return np.minimum(_times(traded, view.adv[began][:, chosen], 0.0), 1.0)


def _times(value: FloatArray, usual: FloatArray, least: float = _LEAST) -> FloatArray:
    """A multiple of what is usual, within reason; 1 where either is unknown."""
    known = np.isfinite(value) & np.isfinite(usual) & (usual > 0.0)
    return np.asarray(np.clip(np.divide(value, usual, out=np.ones_like(value), where=known), least, _MOST))
