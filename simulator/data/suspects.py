"""Prices looked at: what is more likely a fault of the data than a move of the market, and what it would do to results.

Every test compares a day with the asset's own past: its scale is the median absolute move of up to a year before,
times 1.48 (the standard deviation of a normal of that median), days without a move left out. Real crashes pass: a large
move is no fault by itself; going back the next day, a hundredfold, or the exact ratio of a split is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.dates import weekend_bars
from simulator.core.market import MarketData
from simulator.core.types import BoolArray, FloatArray

from .implausible import rounding, unexplained
from .suspicion import Suspect

#: Sessions of an asset's own past that its scale is made from, and the least scale, daily.
_PAST: Final = 252
_LEAST_SCALE: Final = 5e-4
#: New shares for old ones, or old for new.
_SPLITS: Final = (1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0)
#: Usual moves, past which it is no chance that a day moved by a split or a dividend.
_TELLING: Final = 4.0
#: Share of the price, past which a dividend is beyond reason.
_MOST_PAID: Final = 0.25
#: Sessions from which on a price that never moves is no chance.
_MOVES: Final = 20
#: Factors between units of one currency: pence and pounds, or thousands.
_UNITS: Final = (100.0, 1000.0)


@dataclass(frozen=True, eq=False)
class _Moves:
    """(T, N) logs of total-return prices, each against the last close known before; (T,) ``within`` what is asked."""

    market: MarketData
    within: BoolArray

    @cached_property
    def close(self) -> FloatArray:
        return np.log(self.market.total_return("close"))

    @cached_property
    def before(self) -> FloatArray:
        """The last close before each session; NaN before the second price."""
        carried = _carried(self.close)
        return np.vstack([np.full((1, carried.shape[1]), np.nan), carried[:-1]])

    @cached_property
    def move(self) -> FloatArray:
        """From close to close; NaN where there is no price."""
        return self.close - self.before

    @cached_property
    def following(self) -> FloatArray:
        """The next move there is, after each session."""
        after = np.vstack([self.move[1:], np.full((1, self.move.shape[1]), np.nan)])
        return _carried(after[::-1])[::-1]

    @cached_property
    def scale(self) -> FloatArray:
        """A usual move by each asset's own past; where there is too little of it, by all of its history."""
        size = pd.DataFrame(np.where(self.move == 0.0, np.nan, np.abs(self.move)))
        past = size.rolling(_PAST, min_periods=21).median().shift(1)
        known = past.fillna(size.median()).to_numpy(np.float64)
        return np.maximum(1.4826 * np.nan_to_num(known), _LEAST_SCALE)

    def log(self, field: str) -> FloatArray | None:
        """A price field as logs, or ``None`` if there is none."""
        return None if getattr(self.market, field) is None else np.log(self.market.total_return(field))


def _carried(values: FloatArray) -> FloatArray:
    """Each column with its last number carried over NaN."""
    rows = np.where(np.isnan(values), 0, np.arange(len(values))[:, None])
    last = np.maximum.accumulate(rows, axis=0)
    return np.take_along_axis(values, last, axis=0)


@lru_cache(maxsize=2)  # a run asks for its page, its figures and the terminal
def suspects(
    market: MarketData, first: np.datetime64 | None = None, last: np.datetime64 | None = None
) -> tuple[Suspect, ...]:
    """What is odd about the prices of a market, asset by asset, the gravest kinds first.

    A hundredfold jump or its inverse (a change of unit), a spike that goes back, the ratio of a split that nobody
    states, other jumps beyond reason, closes outside the day's range, opens far from closes, ranges far from both,
    runs of the same close, prices that never move or only by steps of their rounding, weekend bars of what keeps to
    weekdays, dividends as large as prices, splits and dividends that prices carry already, adjusted closes that fall or
    rise by themselves, two assets with the same prices.

    Parameters
    ----------
    market
        Its prices are looked at.
    first, last
        Only days from the first to the last session are looked for; scales are made from earlier ones too.
    """
    within = (market.sessions >= (first or market.sessions[0])) & (market.sessions <= (last or market.sessions[-1]))
    with np.errstate(invalid="ignore", divide="ignore"):
        moves = _Moves(market, within)
        found = [suspect for look in _LOOKS for suspect in look(moves)]
    order = {name: place for place, name in enumerate(market.assets)}
    return tuple(sorted(found, key=lambda suspect: (order[suspect.asset], not suspect.grave)))


def _by_asset(moves: _Moves, odd: BoolArray, size: FloatArray) -> Iterator[tuple[str, int, int, int]]:
    """For each asset with odd days: its name and column, the row of the largest, and how many there are."""
    odd = odd & moves.within[:, None]
    for k in np.flatnonzero(odd.any(axis=0)).tolist():
        sizes = np.where(odd[:, k], np.nan_to_num(np.abs(size[:, k]), nan=0.0), -1.0)
        yield moves.market.assets[k], k, int(sizes.argmax()), int(odd[:, k].sum())


def _jumps(moves: _Moves) -> BoolArray:
    """Moves no share makes in a day by itself: past five-fold, or forty times its usual one and past two-fold."""
    size = np.abs(moves.move)
    return np.asarray((size > np.log(5.0)) | ((size > np.log(2.2)) & (size > 40.0 * moves.scale)))


def _spikes(moves: _Moves) -> BoolArray:
    """Moves far beyond the usual that the next one takes back."""
    size, back = np.abs(moves.move), np.abs(moves.move + moves.following)
    large = (size > 25.0 * moves.scale) & (size > 0.1)
    return np.asarray(large & (back < np.maximum(0.1 * size, 3.0 * moves.scale)))


def _unit(moves: _Moves) -> BoolArray:
    tolerance = np.minimum(0.05 + 5.0 * moves.scale, 0.3)
    return _near(np.abs(moves.move), _UNITS, tolerance)


def _split(moves: _Moves) -> BoolArray:
    """The ratio of a split within 1%, at the close, or at the open with a close not far from it; no usual move."""
    size = np.abs(moves.move)
    odd = _near(size, _SPLITS, np.full(size.shape, 0.01))
    opened = moves.log("open")
    if opened is not None:
        gap = np.abs(opened - moves.before)
        at_open = _near(gap, _SPLITS, np.full(size.shape, 0.02)) & (np.abs(opened - moves.close) < 0.1)
        odd = at_open | (odd & ~(np.abs(gap - size) > 0.1))
    return np.asarray(odd & (size > 12.0 * moves.scale))


def _near(size: FloatArray, factors: tuple[float, ...], tolerance: FloatArray) -> BoolArray:
    near = np.zeros(size.shape, np.bool_)
    for factor in factors:
        near |= np.abs(size - np.log(factor)) < tolerance
    return near


def _closes(moves: _Moves) -> Iterator[Suspect]:
    """Odd moves from close to close, each day under the first of the kinds that fits."""
    left = np.isfinite(moves.move)
    for odd, what, advice in (
        (_spikes, "a close that jumps and goes back", "check that close against another source"),
        (_unit, "a jump as between units of a currency", "bring the file into one unit"),
        (_split, "a move of a split's ratio, and no split", "adjust the prices before it, or state the split"),
        (_jumps, "a move beyond reason", "check the prices around it against another source"),
    ):
        days = odd(moves) & left
        left = left & ~(_with_day_after(days) if odd is _spikes else days)
        for asset, k, t, count in _by_asset(moves, days, moves.move):
            yield Suspect(
                asset, what, moves.market.sessions[t], count, _move(moves, t, k), _held(moves, t, k), advice, True
            )


def _with_day_after(days: BoolArray) -> BoolArray:
    return np.asarray(days | np.vstack([np.zeros((1, days.shape[1]), np.bool_), days[:-1]]))


def _move(moves: _Moves, t: int, k: int) -> str:
    text = f"{_percent(moves.move[t, k])} where {_percent(moves.scale[t, k], signed=False)} is usual"
    back = moves.following[t, k]
    return f"{text}, then {_percent(back)}" if np.isfinite(back) and abs(back) > 0.5 * abs(moves.move[t, k]) else text


def _held(moves: _Moves, t: int, k: int) -> str:
    """What a holder of the asset would have, by that move, per 1 of nav."""
    return f"a book wholly in it changes by {_percent(moves.move[t, k])} that day"


def _percent(log: float, *, signed: bool = True) -> str:
    value = 100.0 * np.expm1(log)
    return f"{value:+,.1f}%" if signed else f"{value:,.1f}%"


def _outside(moves: _Moves) -> Iterator[Suspect]:
    """Closes and opens outside the day's range: beyond rounding; grave where by more than 2% and a usual move."""
    high, low = moves.log("high"), moves.log("low")
    if high is None or low is None:
        return
    for field, value in (("close", moves.close), ("open", moves.log("open"))):
        if value is None:
            continue
        beyond = np.fmax(value - high, low - value)
        for asset, k, t, count in _by_asset(moves, beyond > 1e-3, beyond):
            grave = bool(beyond[t, k] > max(0.02, moves.scale[t, k]))
            yield Suspect(
                asset,
                f"{'a' if field == 'close' else 'an'} {field} outside the day's range",
                moves.market.sessions[t],
                count,
                f"by {_percent(beyond[t, k], signed=False)}",
                "the range understates that day's volatility, and so what trading costs",
                "take all four prices from one source, adjusted alike",
                grave,
            )


def _opens(moves: _Moves) -> Iterator[Suspect]:
    """Opens far from the close before and from the close of the day, on the same side."""
    opened = moves.log("open")
    if opened is None:
        return
    gap, rest = opened - moves.before, moves.close - opened
    far = np.minimum(np.abs(gap), np.abs(rest))
    odd = (np.sign(gap) != np.sign(rest)) & (far > 15.0 * moves.scale) & (far > 0.08)
    for asset, k, t, count in _by_asset(moves, odd, far):
        yield Suspect(
            asset,
            "an open far from the closes around it",
            moves.market.sessions[t],
            count,
            f"{_percent(gap[t, k])} at the open, {_percent(rest[t, k])} to the close",
            f"a fill at that open would gain or lose {_percent(far[t, k], signed=False)} by the close",
            "check that open, or fill at the close",
            True,
        )


def _ranges(moves: _Moves) -> Iterator[Suspect]:
    """Highs and lows far from open and close: sometimes real (2010-05-06), grave where beyond three-fold."""
    for field, sign, word in (("high", 1.0, "above"), ("low", -1.0, "below")):
        value, opened = moves.log(field), moves.log("open")
        if value is None or opened is None:
            continue
        nearest = np.fmax(sign * opened, sign * moves.close)
        far = sign * value - nearest
        for asset, k, t, count in _by_asset(moves, (far > 0.2) & (far > 15.0 * moves.scale), far):
            size = _percent(sign * far[t, k], signed=False).lstrip("-")
            yield Suspect(
                asset,
                f"a {field} far from open and close",
                moves.market.sessions[t],
                count,
                f"{size} {word} both (real on days like 2010-05-06)",
                "that day's range, and so its volatility and trading costs, may be overstated",
                f"check that {field}",
                bool(far[t, k] > np.log(3.0)),
            )


def _stale(moves: _Moves) -> Iterator[Suspect]:
    """Runs of the same close, longer than chance by the asset's own share of days without a move allows."""
    same = moves.move == 0.0
    rows = np.arange(len(same))[:, None]
    run = np.where(moves.within[:, None], rows - np.maximum.accumulate(np.where(same, 0, rows), axis=0), 0)
    sessions = np.maximum(np.isfinite(moves.move).sum(axis=0), 1)
    longest = run.max(axis=0, initial=0)
    for k in np.flatnonzero(longest >= 5).tolist():
        usual = (same[:, k].sum() - longest[k]) / sessions[k]
        if sessions[k] * max(usual, 0.02) ** longest[k] > 1e-3 or longest[k] == sessions[k]:
            continue
        t = int(run[:, k].argmax())
        if moves.scale[t, k] <= _LEAST_SCALE:  # bills and money funds hardly move
            continue
        yield Suspect(
            moves.market.assets[k],
            "the same close day after day",
            moves.market.sessions[t],
            1,
            f"{longest[k] + 1} sessions up to it",
            "days without a move understate volatility and flatter the Sharpe ratio",
            "leave the cells empty where nothing was quoted, or state a halt",
            bool(longest[k] >= 10),
        )


def _still(moves: _Moves) -> Iterator[Suspect]:
    """Prices that never move: rounded to nothing, a placeholder, or a value that nobody updates."""
    moved = np.isfinite(moves.move) & moves.within[:, None]
    odd = moved & ~np.any(moved & (moves.move != 0.0), axis=0) & (moved.sum(axis=0) >= _MOVES)
    for asset, k, t, count in _by_asset(moves, odd, moves.close):
        yield Suspect(
            asset,
            "the same close on every session, seen",
            moves.market.sessions[t],
            1,
            f"{moves.market.close[t, k]:g}, {count + 1} times",
            "it has no risk and earns nothing",
            "check whether the file rounds its prices, or carries a placeholder",
            True,
        )


def _coarse(moves: _Moves) -> Iterator[Suspect]:
    """Prices of so few digits that they mostly move by one step of their rounding, and that is much of the price."""
    market = moves.market
    close = market.close if market.adjustment is None else market.close / market.adjustment
    for k, asset in enumerate(market.assets):
        rounded = rounding(np.where(moves.within, close[:, k], np.nan))
        if rounded is None:
            continue
        yield Suspect(
            asset,
            "prices that mostly move by one step of their rounding, first",
            market.sessions[rounded.first],
            1,
            f"steps of {rounded.step:g}, {rounded.share:.1%} of the price",
            "smaller moves are not seen and those seen are too large: volatility and costs mean little",
            "take prices of more digits from the source",
            True,
        )


def _weekends(moves: _Moves) -> Iterator[Suspect]:
    for k, asset in enumerate(moves.market.assets):
        priced = np.isfinite(moves.close[:, k])
        days, within = moves.market.sessions[priced], moves.within[priced]
        weekend = days[weekend_bars(days) & within]
        if weekend.size:
            yield Suspect(
                asset,
                "a bar on a weekend of what keeps to weekdays",
                weekend[0],
                int(weekend.size),
                f"a {pd.Timestamp(weekend[0]).day_name()}",
                "it adds a session: moving averages, lags and calendars shift by one",
                "drop it unless the exchange held a special session",
                True,
            )


def _dividends(moves: _Moves) -> Iterator[Suspect]:
    """Payments of a quarter of the price and more: percent for currency, or another unit of it."""
    market = moves.market
    if market.dividends is None:
        return
    last = np.vstack([np.full((1, market.shape[1]), np.nan), _carried(market.close)[:-1]])
    share = np.nan_to_num(market.dividends) / last
    for asset, k, t, count in _by_asset(moves, share > _MOST_PAID, share):
        yield Suspect(
            asset,
            "a dividend as large as a good part of the price",
            market.sessions[t],
            count,
            f"{market.dividends[t, k]:g} on a price of {last[t, k]:g}",
            f"it adds {100.0 * share[t, k]:,.1f}% to that day's return",
            "state dividends in currency a share, in the unit of the prices",
            True,
        )


def _untraced_splits(moves: _Moves) -> Iterator[Suspect]:
    """Splits whose day moved by the split itself: the prices are restated for them already."""
    market = moves.market
    if market.splits is None:
        return
    step = np.log(np.where(market.splits > 0.0, market.splits, 1.0))
    near = np.abs(moves.move - step) < np.minimum(3.0 * moves.scale, np.abs(step) / 2.0)
    odd = (step != 0.0) & near & (np.abs(moves.move) > _TELLING * moves.scale)
    for asset, k, t, count in _by_asset(moves, odd, step):
        yield Suspect(
            asset,
            "a split that left no trace in the prices",
            market.sessions[t],
            count,
            f"{market.splits[t, k]:g} new shares for an old one",
            f"counted twice, it adds {_percent(step[t, k])} to that day's return",
            "prices restated for splits are prices = 'split-adjusted'",
            True,
        )


def _untraced_dividends(moves: _Moves) -> Iterator[Suspect]:
    """Dividends that prices do not fall by: those carry them already, and they would be earned twice.

    Total returns of the days are regressed on the dividends in them, each day weighed by its usual move. The slope is
    0 where prices fall by the dividend, a little above where they fall by somewhat less, and 1 where they do not.
    """
    market = moves.market
    if market.dividends is None:
        return
    paid = _shares_paid(market, market.dividends)
    weight = np.where(np.isfinite(moves.move) & moves.within[:, None], paid / moves.scale**2, 0.0)
    told = (weight * paid).sum(axis=0)
    slope = (weight * np.nan_to_num(moves.move)).sum(axis=0) / told
    odd = (np.abs(slope - 1.0) < 0.5) & (slope * np.sqrt(told) > _TELLING)
    for asset, k, t, count in _by_asset(moves, (weight > 0.0) & odd, paid):
        yield Suspect(
            asset,
            "dividends that left no trace in the prices, the largest",
            market.sessions[t],
            count,
            f"{market.dividends[t, k]:g} a share",
            f"counted twice, they add {_percent(float(paid[moves.within, k].sum()))} to what the asset earns",
            "prices that carry dividends are prices = 'adjusted'",
            True,
        )


def _shares_paid(market: MarketData, dividends: FloatArray) -> FloatArray:
    """(T, N) dividends as shares of the last close before, in logs; 0 where there is none or it is beyond reason."""
    last = np.vstack([np.full((1, market.shape[1]), np.nan), _carried(market.close)[:-1]])
    share = np.nan_to_num(np.nan_to_num(dividends) / last)
    return np.where(share > _MOST_PAID, 0.0, np.log1p(share))


def _adjusted(moves: _Moves) -> Iterator[Suspect]:
    """Adjustments that no payment explains."""
    market = moves.market
    if market.adjustment is None:
        return
    factor = _carried(np.log(market.adjustment))
    step = np.diff(factor, axis=0, prepend=np.full((1, factor.shape[1]), np.nan))
    falls, rises = unexplained(moves.move, step, -np.log1p(-_MOST_PAID))
    for odd, what in (
        (falls, "an adjusted close that falls where the close does not"),
        (rises, "an adjusted close that rises where the close does not"),
    ):
        for asset, k, t, count in _by_asset(moves, odd, step):
            yield Suspect(
                asset,
                what,
                market.sessions[t],
                count,
                f"{_percent(moves.move[t, k])} against {_percent(moves.move[t, k] - step[t, k])}",
                f"{_held(moves, t, k)}, as no payment can" if step[t, k] < 0.0 else _held(moves, t, k),
                "download the adjusted close again, or take another source's",
                True,
            )


def _twins(moves: _Moves) -> Iterator[Suspect]:
    """Assets whose moves are those of an earlier one throughout: one ticker's data under another's name."""
    seen: dict[bytes, str] = {}
    for k, asset in enumerate(moves.market.assets):
        move = np.round(moves.move[:, k], 9)
        if np.isfinite(move).sum() < 20 or not np.nan_to_num(move).any():
            continue
        first = seen.setdefault(np.nan_to_num(move, nan=9.0).tobytes(), asset)
        if first != asset:
            yield Suspect(
                asset,
                f"the same returns as {first}",
                moves.market.sessions[0],
                1,
                "on every session",
                "one of the two is held twice under another name",
                "download it again by itself",
                True,
            )


_LOOKS: Final[tuple[Callable[[_Moves], Iterator[Suspect]], ...]] = (
    *(_closes, _outside, _opens, _ranges, _stale, _still, _coarse, _weekends),
    *(_untraced_splits, _dividends, _untraced_dividends, _adjusted, _twins),
)
