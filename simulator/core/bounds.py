"""What a book may hold: bounds on weights, cash, leverage and liquidity, and when an asset may not be traded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, Final

import numpy as np

from . import abi
from .errors import ParameterError, nearest
from .types import BoolArray, DateArray, FloatArray
from .within import NOT_ALL, SOME, Within, check_fields

#: Weights of nav in a leveraged book exceed one, but not twenty times.
#: Of redemptions, by cash that can be raised.
COVERAGE: Final = Within(0.0, 1000.0, above=True)
WEIGHT: Final = Within(0.0, 20.0, means="share")
#: Sessions until a share of a book is cash.
DAYS: Final = Within(0.0, 10_000.0, unit="sessions")
LEVERAGE: Final = Within(1.0, 20.0, means="share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Assets that together may not exceed a share of nav.

    Parameters
    ----------
    assets
        Their names.
    max_weight
        Largest sum of their absolute weights.
    """

    assets: tuple[str, ...]
    max_weight: Annotated[float, WEIGHT]

    def __post_init__(self) -> None:
        object.__setattr__(self, "assets", tuple(self.assets))
        if not self.assets:
            raise ParameterError("a group needs at least one asset")
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysToCash:
    """A share of nav that must turn into cash within some sessions.

    Parameters
    ----------
    share
        Of nav.
    days
        Sessions of selling every position at its pace until the cash is there, fractions included.
    """

    share: Annotated[float, SOME]
    days: Annotated[float, DAYS]

    def __post_init__(self) -> None:
        check_fields(self, "max_days_to_cash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Bounds on holdings. Targets are brought within them when deciding; drift beyond them later is recorded.

    What a bound takes from the targets stays in cash.

    Parameters
    ----------
    max_weight
        Largest absolute weight of an asset: one for all, or by asset.
    groups
        Largest joint weight of named groups of assets.
    min_cash
        Share of nav that decisions leave, and buys do not touch.
    max_leverage
        Largest sum of absolute weights; above 1 the book may borrow.
    allow_short
        Whether weights may be negative.
    min_liquid_share
        Least share of nav that could be raised under the liquidity stress; decisions are scaled towards cash until
        it holds.
    min_coverage
        Least coverage of the redemptions assumed under the liquidity stress, after a decision; kept as the liquid share
        that gives it. Where both are stated the stricter holds.
    max_days_to_cash
        ``DaysToCash(share=, days=)``, or a table of both: share of nav that must be cash within so many sessions
        after a decision, at the usual volumes known then and the participation at which liquidity is measured.
    max_illiquid
        Most of nav that may be illiquid after a decision, by the buckets of SEC rule 22e-4.
    min_highly_liquid
        Least of nav that must be highly liquid, likewise; cash is.
    min_lcr
        Least liquidity coverage ratio of Basel III after a decision: high-quality liquid assets over the redemptions
        assumed. Under each of these four, what costs least to turn into cash under stress is sold first.
    no_trade
        Periods (first day, last day) in which an asset may not be traded.
    """

    max_weight: Annotated[float | Mapping[str, float] | None, WEIGHT] = None
    groups: Mapping[str, Group] = field(default_factory=dict)
    min_cash: Annotated[float, NOT_ALL] = 0.0
    max_leverage: Annotated[float, LEVERAGE] = 1.0
    allow_short: bool = False
    min_liquid_share: Annotated[float | None, SOME] = None
    min_coverage: Annotated[float | None, COVERAGE] = None
    max_days_to_cash: DaysToCash | Mapping[str, float] | None = None
    max_illiquid: Annotated[float | None, NOT_ALL] = None
    min_highly_liquid: Annotated[float | None, SOME] = None
    min_lcr: Annotated[float | None, COVERAGE] = None
    no_trade: Mapping[str, Sequence[tuple[str | date, str | date]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)
        if isinstance(self.max_days_to_cash, Mapping):
            object.__setattr__(self, "max_days_to_cash", _days_to_cash(self.max_days_to_cash))
        if self.min_lcr is not None and (self.allow_short or self.max_leverage > 1.0):
            raise ParameterError("min_lcr is for a book that neither borrows nor is short: leave it out, or those")
        if self.min_cash > 0.0 and self.max_leverage > 1.0:
            raise ParameterError("min_cash and max_leverage above 1 contradict each other: give one of them")

    @property
    def on_weights(self) -> bool:
        """Whether any bound is put on weights besides that they are long only and at most all of nav."""
        rest = replace(self, min_liquid_share=None, min_coverage=None, no_trade={})
        return replace(rest, max_days_to_cash=None, max_illiquid=None, min_highly_liquid=None, min_lcr=None) != Bounds()

    @property
    def on_liquidity(self) -> tuple[str, ...]:
        """Names of the bounds on the liquidity of holdings that are stated, but for the liquid share."""
        names = ("min_coverage", "max_days_to_cash", "max_illiquid", "min_highly_liquid", "min_lcr")
        return tuple(name for name in names if getattr(self, name) is not None)

    def least_stock(self, redemption_stress: float) -> float:
        """Share of nav that has to be in high-quality liquid assets after a decision; 0 for none.

        Raises
        ------
        ParameterError
            If more is asked for than a book all in cash has.
        """
        stock = 0.0 if self.min_lcr is None else self.min_lcr * redemption_stress
        if stock > 1.0:
            raise ParameterError(_more_than_all("min_lcr", self.min_lcr, redemption_stress, stock))
        return stock

    def least_liquid(self, redemption_stress: float) -> float:
        """Share of nav that has to be liquid after a decision; 0 for none.

        Raises
        ------
        ParameterError
            If coverage asks for more than all of nav.
        """
        covered = 0.0 if self.min_coverage is None else self.min_coverage * redemption_stress
        if covered > 1.0:
            raise ParameterError(_more_than_all("min_coverage", self.min_coverage, redemption_stress, covered))
        return max(self.min_liquid_share or 0.0, covered)

    @property
    def least_cash(self) -> float:
        """Share of nav that buys leave in cash; negative where the book may borrow."""
        return self.min_cash - (self.max_leverage - 1.0)

    def check_names(self, assets: tuple[str, ...]) -> None:
        """Raise if an asset is named that the market does not have."""
        named = [*(self.max_weight if isinstance(self.max_weight, Mapping) else ()), *self.no_trade]
        for group in self.groups.values():
            named += group.assets
        unknown = [name for name in named if name not in assets]
        if unknown:
            raise ParameterError(f"bounds: no asset {unknown[0]!r} in this market{nearest(unknown[0], assets)}")

    def apply(self, targets: FloatArray, assets: tuple[str, ...]) -> tuple[FloatArray, FloatArray]:
        """Bring target rows (rows, N) within the bounds; return them and what each bound took (rows, CUTS).

        Both are fractions of nav.
        """
        cut = np.zeros((len(targets), abi.CUTS))
        held = np.array(targets, dtype=np.float64)

        def step(bound: int, bounded: FloatArray) -> FloatArray:
            cut[:, bound] = np.abs(held - bounded).sum(axis=1)
            return bounded

        held = step(abi.CUT_POSITION, self._positions(held, assets))
        held = step(abi.CUT_GROUP, self._grouped(held, assets))
        gross = np.abs(held).sum(axis=1, keepdims=True)
        held = step(abi.CUT_LEVERAGE, held * _down_to(gross, self.max_leverage))
        longs = np.maximum(held, 0.0)
        room = 1.0 - self.least_cash - np.minimum(held, 0.0).sum(axis=1, keepdims=True)
        scaled = longs * _down_to(longs.sum(axis=1, keepdims=True), room) + np.minimum(held, 0.0)
        held = step(abi.CUT_CASH, scaled)
        cut[cut < 1e-12] = 0.0
        return held, cut

    def _positions(self, held: FloatArray, assets: tuple[str, ...]) -> FloatArray:
        if self.max_weight is None:
            return held
        by_asset = self.max_weight if isinstance(self.max_weight, Mapping) else dict.fromkeys(assets, self.max_weight)
        caps = np.array([by_asset.get(name, np.inf) for name in assets])
        return np.clip(held, -caps, caps)

    def _grouped(self, held: FloatArray, assets: tuple[str, ...]) -> FloatArray:
        for group in self.groups.values():
            members = np.array([name in group.assets for name in assets])
            joint = np.abs(held[:, members]).sum(axis=1, keepdims=True)
            held = np.where(members, held * _down_to(joint, group.max_weight), held)
        return held

    def forbidden(self, sessions: DateArray, assets: tuple[str, ...]) -> BoolArray | None:
        """(T, N) True where an asset may not be traded; ``None`` for nowhere."""
        if not self.no_trade:
            return None
        closed = np.zeros((sessions.size, len(assets)), bool)
        for name, periods in self.no_trade.items():
            for first, last in periods:
                within = (sessions >= _day(name, first)) & (sessions <= _day(name, last))
                closed[within, assets.index(name)] = True
        return closed


def _more_than_all(name: str, ratio: float | None, redemption_stress: float, asked: float) -> str:
    """What to say of a bound that not even a book all in cash keeps."""
    stated = f"{name} = {ratio:g} of redemptions of {redemption_stress:.0%}"
    return f"{stated} asks for {asked:.0%} of nav to be liquid; at most {1.0 / redemption_stress:g} can be had"


def _days_to_cash(table: Mapping[str, float]) -> DaysToCash:
    if set(table) != {"share", "days"}:
        stated = ", ".join(table) or "nothing"
        raise ParameterError(f"max_days_to_cash needs share and days, {{ share = 0.9, days = 5 }}, not {stated}")
    return DaysToCash(**table)


def _down_to(total: FloatArray, most: float | FloatArray) -> FloatArray:
    """Factor that brings a total down to at most ``most``; 1 where it is within (a rounding's width allowed)."""
    over = total > np.asarray(most) * (1.0 + 1e-12)
    return np.where(over, np.maximum(most, 0.0) / np.where(over, total, 1.0), 1.0)


def _day(name: str, value: str | date) -> np.datetime64:
    try:
        return np.datetime64(str(value), "D")
    except ValueError:
        raise ParameterError(f"no_trade of {name}: {value!r} is no date; write YYYY-MM-DD") from None
