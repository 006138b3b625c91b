"""What shocks do to prices, ranges, volumes, spreads and series, as pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from reports.stress import Picture, Trace
from scenarios.shocks import World
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.types import FloatArray

#: Sessions before the first shock that are shown.
BEFORE: Final = 21
_MOST: Final = 12


def pictures(before: World, after: World, first: int, stop: int) -> list[Picture]:
    """What differs between two worlds over sessions ``[first, stop)``, a picture for each thing.

    Parameters
    ----------
    before, after
        Without and with the shocks.
    first, stop
        Sessions of the market.
    """
    rows = slice(first, stop)
    return [picture for picture in _all(before, after, rows) if picture.traces]


def _all(before: World, after: World, rows: slice) -> Iterator[Picture]:
    was, now = before.market, after.market
    yield _ratio("Prices", "closes over those without the shocks", was, now.close, was.close, rows)
    yield _ratio("Ranges", "high over low of a day, in logs", was, _range(now), _range(was), rows)
    yield _ratio("Volumes", "what is traded in a day, or is assumed to be", was, _volume(now), _volume(was), rows)
    yield _ratio("Depth", "what one can trade into for each unit of volume", was, _depth(now), _depth(was), rows)
    yield _ratio("Spreads", "half-spreads, whoever states them", was, _spread(now), _spread(was), rows)
    yield _trading(was, now, rows)
    yield _seen(after, rows)
    yield from _series(before.observed, after.observed, rows)


def _ratio(
    title: str, note: str, market: MarketData, now: FloatArray | None, was: FloatArray | None, rows: slice
) -> Picture:
    """Multiples by asset of what was; assets alike share a line, and none is shown where nothing moves."""
    if now is None or was is None:
        return Picture(title, note, True, ())
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(was[rows] > 0.0, now[rows] / was[rows], np.nan)
    moved = [name for name, line in zip(market.assets, ratio.T, strict=True) if _moves(line)]
    if not moved:
        return Picture(title, note, True, ())
    traces = _alike(market.assets, ratio)
    return Picture(title, note, True, traces)


def _moves(line: FloatArray) -> bool:
    known = line[~np.isnan(line)]
    return bool(known.size) and not np.allclose(known, 1.0, rtol=0.0, atol=1e-12)


def _alike(assets: tuple[str, ...], lines: FloatArray) -> tuple[Trace, ...]:
    """A trace for each line that differs; gaps of one asset are no difference."""
    groups: list[tuple[list[str], FloatArray]] = []
    for name, line in zip(assets, lines.T, strict=True):
        for names, shown in groups:
            both = ~np.isnan(line) & ~np.isnan(shown)
            if np.allclose(line[both], shown[both], rtol=1e-9):
                names.append(name)
                break
        else:
            groups.append(([name], line))
    if len(groups) > _MOST:
        low, middle, high = np.nanquantile(lines, (0.0, 0.5, 1.0), axis=1)
        return Trace("lowest", low), Trace("median", middle), Trace("highest", high)
    every = len(groups) == 1 and len(assets) > 1
    return tuple(Trace("all assets" if every else ", ".join(names), line) for names, line in groups)


def _range(market: MarketData) -> FloatArray | None:
    if market.high is None or market.low is None:
        return None
    return np.log(market.high / market.low)


def _volume(market: MarketData) -> FloatArray | None:
    if market.volume is not None:
        return market.volume
    if market.assumed_adv is None:
        return None
    return np.broadcast_to(np.asarray(market.assumed_adv, np.float64), market.shape)


def _depth(market: MarketData) -> FloatArray:
    return np.ones(market.shape) if market.depth is None else market.depth


def _spread(market: MarketData) -> FloatArray:
    return np.ones(market.shape) if market.spread_scale is None else market.spread_scale


def _trading(was: MarketData, now: MarketData, rows: slice) -> Picture:
    title, note = "Trading", "share of the assets that traded before and can still be traded"
    before = was.tradable[rows].sum(axis=1)
    still = (now.tradable[rows] & was.tradable[rows]).sum(axis=1)
    share = np.divide(still, before, out=np.full(before.size, np.nan), where=before > 0)
    return Picture(title, note, True, (Trace("all assets", share),) if (still < before).any() else ())


def _seen(after: World, rows: slice) -> Picture:
    title, note = "What is seen", "closes as policies and signals see them, over those that are"
    if after.observed is after.market:
        return Picture(title, note, True, ())
    true, seen = after.market.close[rows], after.observed.close[rows]
    with np.errstate(invalid="ignore"):
        ratio = np.where(np.isnan(seen) & ~np.isnan(true), 0.0, seen / true)
    return Picture(
        f"{title} (0: nothing)", note, True, _alike(after.market.assets, ratio) if (ratio != 1.0).any() else ()
    )


def heard_pictures(signals: Mapping[str, tuple[SignalPanel, SignalPanel]], first: int, stop: int) -> list[Picture]:
    """What signals say and what policies hear of it over sessions ``[first, stop)``, a picture for each that differs.

    Parameters
    ----------
    signals
        By name, as they are and as they are heard.
    first, stop
        Sessions of the market.
    """
    rows, note = slice(first, stop), "what the signal says, and what policies hear of it (1: on, or a call to act)"
    found = []
    for name, (said, heard) in signals.items():
        says, hears = (_calls(panel)[rows] for panel in (said, heard))
        if not np.array_equal(says, hears):
            traces = Trace("says", says), Trace("heard", hears)
            found.append(Picture(f"Signal {name}", note, False, traces))
    return found


def _calls(panel: SignalPanel) -> FloatArray:
    """(T,) 1 where a signal is on or, if it knows no state, where it calls."""
    on = panel.fires() if panel.columns == ("fire",) else panel.state()
    return on.astype(np.float64)


def _series(was: MarketData, now: MarketData, rows: slice) -> Iterator[Picture]:
    sessions = was.sessions[rows]
    for name, series in was.series.items():
        other = now.series[name]
        if other is series:
            continue
        traces = (Trace("without", series.on(sessions)[0]), Trace("with the shocks", other.on(sessions)[0]))
        if not np.array_equal(traces[0].values, traces[1].values, equal_nan=True):
            yield Picture(name, "exogenous series, as known at each close", False, traces)
