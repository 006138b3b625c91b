"""Markets in which everything happens: gaps, silent days, halts, late births, splits, dividends, delistings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simulator import Instrument, MarketData

from .support import LETTERS

CLASSES = ("equity", "treasury", "hy-credit", "gold", "real-estate")


@dataclass(frozen=True, kw_only=True)
class Events:
    """How often something happens in a market; the default is a market in which nothing does.

    ``gaps``, ``silent``, ``halts`` and ``dry`` are shares of asset-days: no price, no volume, halts that last
    several sessions, and spells of a month without volume. ``splits``, ``dividends`` and ``late`` and ``delisted``
    are numbers of events. ``adjusted`` gives adjusted prices with a known factor instead of raw ones, ``quoted`` a
    panel of half-spreads with gaps.
    """

    gaps: float = 0.0
    silent: float = 0.0
    halts: float = 0.0
    dry: int = 0
    late: int = 0
    splits: int = 0
    dividends: int = 0
    delisted: int = 0
    adjusted: bool = False
    quoted: bool = False
    collapsing: bool = False


def eventful_market(
    seed: int,
    sessions: int = 120,
    assets: int = 4,
    events: Events = Events(),
    *,
    volume: float = 10_000.0,
    cash_rate: float = 0.0,
    lots: tuple[float, ...] = (),
    sigma: float = 0.02,
) -> MarketData:
    """A random walk of prices around 100 with the given events; the same seed gives the same market."""
    rng = np.random.default_rng(seed)
    shape = (sessions, assets)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, sigma, shape), axis=0))
    open_ = close * np.exp(rng.normal(0.0, 0.3 * sigma, shape))
    high = np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, 0.3 * sigma, shape)))
    low = np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, 0.3 * sigma, shape)))
    traded = volume * rng.lognormal(0.0, 1.0, shape)
    if events.collapsing:
        traded *= np.exp(-np.arange(sessions) / 20.0)[:, None]
    traded[rng.random(shape) < events.silent] = 0.0
    halted = _spells(rng, shape, events.halts)
    for _ in range(events.dry):
        t, i = rng.integers(0, sessions), rng.integers(0, assets)
        traded[t : t + 30, i] = 0.0
    missing = rng.random(shape) < events.gaps
    for i in range(min(events.late, assets - 1)):
        missing[: rng.integers(1, max(sessions // 2, 2)), assets - 1 - i] = True
    missing[-1 if sessions > 1 else 0] = False
    splits, dividends, factor = _actions(rng, shape, events)
    panels = [panel / factor for panel in (close, open_, high, low)]
    for panel in panels:
        panel[missing] = np.nan
    index = pd.bdate_range("2000-01-03", periods=sessions)
    names = list(LETTERS[:assets])

    def frame(values: np.ndarray | None) -> pd.DataFrame | None:
        return None if values is None else pd.DataFrame(values, index, names)

    lot = (*lots, *[0.0] * assets)
    return MarketData.from_frames(
        frame(panels[0]),
        open=frame(panels[1]),
        high=frame(panels[2]),
        low=frame(panels[3]),
        volume=frame(traded * (1.0 if events.adjusted else factor)),
        adjustment=frame(_adjustment(rng, shape) if events.adjusted else None),
        raw_known=True,
        splits=frame(splits),
        dividends=frame(dividends),
        halted=frame(halted) if events.halts else None,
        half_spread=frame(_quotes(rng, shape) if events.quoted else None),
        delistings={
            names[(seed + i) % assets]: (
                index[rng.integers(sessions // 3, sessions)],
                float(rng.choice([0.0, 0.3, 1.0])),
            )
            for i in range(min(events.delisted, assets))
            if sessions > 3
        },
        cash_rate=cash_rate,
        instruments={name: Instrument(CLASSES[i % len(CLASSES)], lot=lot[i]) for i, name in enumerate(names)},
    )


def _spells(rng: np.random.Generator, shape: tuple[int, int], share: float) -> np.ndarray:
    """Halts of one to five sessions that cover about ``share`` of all asset-days."""
    halted = np.zeros(shape, bool)
    for t, i in np.argwhere(rng.random(shape) < share / 3.0):
        halted[t : t + rng.integers(1, 6), i] = True
    return halted


def _actions(
    rng: np.random.Generator, shape: tuple[int, int], events: Events
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray]:
    """Split ratios, dividends a share, and what one share has become (the factor raw prices are divided by)."""
    ratio, paid = np.ones(shape), np.zeros(shape)
    for _ in range(events.splits):
        ratio[rng.integers(1, shape[0]), rng.integers(0, shape[1])] = rng.choice([2.0, 3.0, 1.5, 0.1])
    for _ in range(events.dividends):
        paid[rng.integers(1, shape[0]), rng.integers(0, shape[1])] = rng.uniform(0.2, 3.0)
    given = events.splits > 0 or events.dividends > 0
    if events.adjusted or not given:
        return None, None, np.ones(shape)
    return ratio, paid, np.cumprod(ratio, axis=0)


def _adjustment(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Adjusted over raw price: steps up to 1 through dividends and splits, down to 1 through a reverse split."""
    steps = np.where(rng.random(shape) < 0.02, rng.choice([0.5, 0.98, 4.0], shape), 1.0)
    return np.cumprod(steps[::-1], axis=0)[::-1]


def _quotes(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    quotes = 0.0004 * rng.lognormal(0.0, 0.5, shape)
    quotes[rng.random(shape) < 0.1] = np.nan
    return quotes
