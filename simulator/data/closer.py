"""A closer look at prices than every run takes: holes, dates a day off, volumes, adjustments, copied stretches.

:mod:`simulator.data.suspects` looks at single prices before each run; here assets are compared with each other and with
the calendar, for whoever asks whether files can be used (``undertow data check``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.types import BoolArray, DateArray, FloatArray

from .suspicion import Suspect

#: Calendar days without a price past which daily prices have a hole (2001-09-10 to 2001-09-17 is 7).
_HOLE: Final = 10
#: Days by which prices may end before those of the others.
_ENDED: Final = 7
#: Share of the others' sessions that an asset may lack, and their number.
_FEW_SHARE: Final = 0.02
_FEW: Final = 5
#: Sessions without volume, and their share, past both of which an asset can hardly be traded.
_SILENT: Final = 5
_SILENT_SHARE: Final = 0.1
#: Change of a usual day's volume from one month to the next that no market makes.
_UNIT: Final = 40.0
#: Moves in a row whose repetition is no chance.
_COPIED: Final = 10
_SPLITS: Final = np.log([1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0])


def closer(market: MarketData, today: np.datetime64 | None = None) -> tuple[Suspect, ...]:
    """What is odd about assets beside each other, in the order of the market's assets, the gravest first.

    ``today`` is the day after which no price can be known; by default that of the clock.
    """
    last = np.datetime64(datetime.now(UTC).date(), "D") if today is None else today
    with np.errstate(invalid="ignore", divide="ignore"):
        found = [suspect for look in _LOOKS for suspect in look(market)]
    found += _future(market, last)
    order = {name: place for place, name in enumerate(market.assets)}
    return tuple(sorted(found, key=lambda suspect: (order[suspect.asset], not suspect.grave)))


def _days(market: MarketData, k: int) -> tuple[DateArray, BoolArray]:
    """The sessions on which an asset has a price, and where these are."""
    there = np.isfinite(market.close[:, k])
    return market.sessions[there], there


def _raw(market: MarketData) -> FloatArray:
    """(T, N) closes as the files hold them."""
    return market.close if market.adjustment is None else market.close / market.adjustment


def _moves(prices: FloatArray) -> FloatArray:
    """(T, N) logs of each price over the last one known; NaN where there is none."""
    logs = pd.DataFrame(np.log(prices))
    return (logs - logs.ffill().shift(1)).to_numpy()


def _holes(market: MarketData) -> Iterator[Suspect]:
    for k, asset in enumerate(market.assets):
        days, _ = _days(market, k)
        gaps = np.diff(days).astype(np.int64)
        if gaps.size < 20:
            continue
        odd = gaps > max(_HOLE, 3 * int(np.median(gaps)))
        if odd.any():
            at = int(np.where(odd, gaps, 0).argmax())
            yield Suspect(
                asset,
                "a hole in the prices",
                days[at],
                int(odd.sum()),
                f"none for {gaps[at]} days, to {days[at + 1]}",
                "the last price is carried and nothing trades; all it moved meanwhile falls on one day",
                "fill it from another source, or state a halt (market.halts)",
                bool(gaps[at] > 2 * _HOLE),
            )


def _scattered(market: MarketData) -> Iterator[Suspect]:
    """Sessions that most others have and an asset lacks, here and there."""
    there = np.isfinite(market.close)
    weekday = (market.sessions.astype(np.int64) + 3) % 7 < 5
    for k, asset in enumerate(market.assets):
        others = np.delete(there, k, axis=1)
        days = np.flatnonzero(there[:, k])
        if others.shape[1] < 2 or not days.size:
            continue
        held = np.zeros(len(there), bool)
        held[days[0] : days[-1]] = True
        lacking = held & ~there[:, k] & weekday & (others.sum(axis=1) > 0.5 * others.shape[1])
        count = int(lacking.sum())
        if count:
            yield Suspect(
                asset,
                "sessions that the others have",
                market.sessions[lacking.argmax()],
                count,
                f"{count} of {int(held.sum())} lacking",
                "it cannot be traded on them, and its returns of several days look like one",
                "fill them from another source, or leave the asset out",
                bool(count > _FEW and count > _FEW_SHARE * held.sum()),
            )


def _ends(market: MarketData) -> Iterator[Suspect]:
    """Prices that begin after those of the others, or end before them."""
    first = np.median([int(np.isfinite(column).argmax()) for column in market.close.T])
    for k, asset in enumerate(market.assets):
        days, there = _days(market, k)
        if days.size == 0:
            continue
        early = int((market.sessions[-1] - days[-1]).astype(np.int64))
        if early > _ENDED:
            yield Suspect(
                asset,
                "prices end before the others'",
                days[-1],
                1,
                f"{early} days early",
                "its last price is carried to the end, as if nothing had happened to it",
                "download it again, state market.delistings, or end the run there",
                True,
            )
        if there.argmax() > first:
            yield Suspect(
                asset,
                "prices begin after the others'",
                days[0],
                1,
                f"{int(there.argmax())} sessions late",
                "until then its target is shared by the others, or stays in cash (portfolio.unlisted)",
                "begin the run here, if the book is to be whole throughout",
                False,
            )


def _future(market: MarketData, today: np.datetime64) -> Iterator[Suspect]:
    for k, asset in enumerate(market.assets):
        days, _ = _days(market, k)
        beyond = days[days > today]
        if beyond.size:
            yield Suspect(
                asset,
                "a price of a day to come",
                beyond[0],
                int(beyond.size),
                f"after {today}",
                "the run goes on to a day that nobody has seen",
                "correct the date",
                True,
            )


def _shifted(market: MarketData) -> Iterator[Suspect]:
    """Dates a day off: moves that go with the others' of the day before or after, and not with those of the day."""
    moves = _moves(market.total_return("close"))
    for k, asset in enumerate(market.assets if len(market.assets) > 2 else ()):
        others = pd.DataFrame(_standard(np.delete(moves, k, axis=1))).mean(axis=1).to_numpy()
        same, early, late = (_correlation(moves[:, k], np.roll(others, lag)) for lag in (0, -1, 1))
        best = max(early, late)
        if best > 0.3 and best > same + 0.2:
            yield Suspect(
                asset,
                f"dates a day {'early' if early > late else 'late'}",
                _days(market, k)[0][0],
                1,
                f"its moves go with the others' {'next' if early > late else 'last'} day: correlation {best:.2f}, "
                f"{same:.2f} on the day",
                "signals would know the others a day early, and diversification is overstated",
                "correct its dates, or state the zone they are of (market.zone)",
                True,
            )


def _standard(moves: FloatArray) -> FloatArray:
    scale = np.nanmedian(np.abs(moves), axis=0)
    return np.clip(moves / np.where(scale > 0.0, scale, np.nan), -8.0, 8.0)


def _correlation(one: FloatArray, other: FloatArray) -> float:
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 100:
        return 0.0
    return float(np.nan_to_num(pd.Series(one[both]).corr(pd.Series(other[both]), method="spearman")))


def _silent(market: MarketData) -> Iterator[Suspect]:
    """Days with a price on which nothing was traded."""
    if market.volume is None:
        return
    priced = np.isfinite(market.close)
    silent = priced & ~(np.nan_to_num(market.volume) > 0.0)
    for k in np.flatnonzero(silent.any(axis=0)).tolist():
        count, among = int(silent[:, k].sum()), int(priced[:, k].sum())
        yield Suspect(
            market.assets[k],
            "a price without volume",
            market.sessions[silent[:, k].argmax()],
            count,
            f"{count} of {among} days",
            "nothing trades on such a day: orders wait or are dropped",
            "where the source counts none (indices, currencies), leave the column Volume out of every file",
            count > max(_SILENT, _SILENT_SHARE * among),
        )


def _volumes(market: MarketData) -> Iterator[Suspect]:
    """Volumes that change their unit (shares, lots, thousands), or are a hundred times those around them."""
    if market.volume is None:
        return
    logs = np.log(np.where(market.volume > 0.0, market.volume, np.nan))
    for k, asset in enumerate(market.assets):
        own = pd.Series(logs[:, k], market.sessions).dropna()
        before = own.rolling(20).median().shift(1)
        after = own[::-1].rolling(20).median()[::-1]
        step, jump = (after - before).abs(), (own - before).abs()
        if step.max() > np.log(_UNIT) and jump.iloc[int(step.argmax())] > np.log(_UNIT) / 2.0:
            yield _volume(asset, "volumes change their unit", step, after - before, True)
        alone = own - own.rolling(21, center=True, min_periods=11).median()
        if alone.max() > np.log(100.0):
            yield _volume(asset, "a volume beyond those around it", alone, alone, False)


def _volume(asset: str, what: str, sizes: pd.Series, change: pd.Series, grave: bool) -> Suspect:
    row = int(sizes.argmax())
    times = float(np.exp(change.iloc[row]))
    size = f"{times:,.0f} times" if times > 1.0 else f"1 in {1.0 / times:,.0f}"
    return Suspect(
        asset,
        what,
        sizes.index.to_numpy().astype("datetime64[D]")[row],
        1,
        size,
        "what can be traded in a day, and what it costs, is out by as much",
        "bring volumes into shares throughout",
        grave,
    )


def _adjustments(market: MarketData) -> Iterator[Suspect]:
    """Steps of adjusted over plain close that no dividend makes: it falls, or grows by a quarter; splits excepted."""
    if market.adjustment is None:
        return
    steps = _moves(np.where(np.isfinite(market.close), market.adjustment, np.nan))
    near_split = (np.abs(np.abs(steps)[..., None] - _SPLITS) < 0.02).any(axis=-1)
    odd = ((steps < -0.02) | (steps > 0.25)) & ~near_split
    for k in np.flatnonzero(odd.any(axis=0)).tolist():
        t = int(np.where(odd[:, k], np.abs(steps[:, k]), 0.0).argmax())
        yield Suspect(
            market.assets[k],
            "an adjustment that no dividend explains",
            market.sessions[t],
            int(odd[:, k].sum()),
            f"adjusted over plain close {100.0 * np.expm1(steps[t, k]):+.1f}%",
            "returns, which follow the adjusted close, have a move that the market did not make",
            "download the file again as a whole: closes and adjusted closes are of different days",
            True,
        )


def _flat(market: MarketData) -> Iterator[Suspect]:
    """Runs of bars without a range of what usually has one."""
    if market.high is None or market.low is None:
        return
    flat = market.high == market.low
    for k in np.flatnonzero(flat.any(axis=0)).tolist():
        length, t = _longest(flat[:, k])
        if length >= 10 and flat[:, k].mean() < 0.2:
            yield Suspect(
                market.assets[k],
                "days without a range",
                market.sessions[t - length + 1],
                length,
                f"{length} in a row with high equal to low",
                "the day's volatility is nothing, and so is most of what trading costs on it",
                "take highs and lows from the source of the other days",
                True,
            )


def _longest(flags: BoolArray) -> tuple[int, int]:
    """The length of the longest run of True, and where it ends."""
    rows = np.arange(1, flags.size + 1)
    lengths = rows - np.maximum.accumulate(np.where(flags, 0, rows))
    return int(lengths.max()), int(lengths.argmax())


def _still(market: MarketData) -> Iterator[Suspect]:
    """Days on which nothing at all moved: a holiday filled with the prices of the day before."""
    moves = _moves(_raw(market))
    known = np.isfinite(moves)
    still = (known.sum(axis=1) >= 4) & ~(known & (moves != 0.0)).any(axis=1)
    if still.any():
        yield Suspect(
            market.assets[0],
            "a day on which no asset moved",
            market.sessions[still.argmax()],
            int(still.sum()),
            f"{int(known[still.argmax()].sum())} assets with the close of the day before",
            "a holiday filled in adds a session, and understates volatility",
            "drop that day from the files",
            True,
        )


def _copied(market: MarketData) -> Iterator[Suspect]:
    """Stretches of returns that an asset has had before."""
    moves = np.round(_moves(_raw(market)), 7)
    for k, asset in enumerate(market.assets):
        own, days = moves[np.isfinite(moves[:, k]), k], _days(market, k)[0]
        seen: dict[bytes, int] = {}
        for t in _telling(own):
            window = own[t : t + _COPIED]
            first = seen.setdefault(window.tobytes(), t)
            if first < t:
                yield Suspect(
                    asset,
                    "returns that it has had before",
                    days[t + 1],
                    1,
                    f"{_COPIED} or more in a row as from {days[first + 1]}",
                    "a stretch of history is a copy of another",
                    "download it again",
                    True,
                )
                break


def _telling(moves: FloatArray) -> list[int]:
    """Where stretches begin that hold hardly a move twice, and hardly a day without one."""
    if moves.size < _COPIED:
        return []
    windows = np.sort(np.lib.stride_tricks.sliding_window_view(moves, _COPIED), axis=1)
    distinct = 1 + (np.diff(windows, axis=1) > 0.0).sum(axis=1) - (windows == 0.0).any(axis=1)
    return np.flatnonzero(distinct >= _COPIED - 2).tolist()


def _rounded(market: MarketData) -> Iterator[Suspect]:
    """Stretches of whole numbers in closes that have digits elsewhere."""
    raw = _raw(market)
    whole = np.isclose(raw, np.round(raw), rtol=0.0, atol=1e-9) & (raw < 1000.0)
    for k in np.flatnonzero(whole.any(axis=0)).tolist():
        length, t = _longest(whole[:, k])
        if length >= 15 and whole[:, k].mean() < 0.3:
            yield Suspect(
                market.assets[k],
                "closes rounded to whole numbers",
                market.sessions[t - length + 1],
                length,
                f"{length} in a row",
                f"each return is out by up to {50.0 / float(raw[t, k]):.2f}%",
                "take prices with all their digits",
                True,
            )


_LOOKS: Final[tuple[Callable[[MarketData], Iterator[Suspect]], ...]] = (
    *(_holes, _scattered, _ends, _shifted, _silent, _volumes, _adjustments, _flat, _still, _copied, _rounded),
)
