"""What the built-in shocks share: dates, assets, severity, and what they do to exogenous series."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Annotated, ClassVar, Final, NamedTuple

import numpy as np

from simulator.core.errors import ParameterError, nearest
from simulator.core.market import MarketData
from simulator.core.names import quoted
from simulator.core.series import ExogenousSeries
from simulator.core.types import DateArray, FloatArray
from simulator.core.within import SESSIONS, Within, check_fields
from simulator.core.world import World

from .conditions import Condition, parse_condition

#: Beyond these no market has been, and no computer goes: sizes are powers.
SEVERITY: Final = Within(0.0, 100.0)
MULTIPLIER: Final = Within(0.0, 1000.0, above=True)
SHIFT: Final = Within(-1e6, 1e6)


class Window(NamedTuple):
    """Sessions ``[start, stop)`` of a market."""

    start: int
    stop: int


class Hit(NamedTuple):
    """A shock about to strike: its sessions, its log size by asset (N,), 0 where spared, and the world before it.

    ``steps`` are standard normal, as many as :meth:`DatedShock.draws` asks for.
    """

    window: Window
    sizes: FloatArray
    world: World
    steps: FloatArray


@dataclass(frozen=True, kw_only=True)
class DatedShock(ABC):
    """A shock between two dates to all or some assets.

    Parameters
    ----------
    start
        First day (``from`` in a scenario file); it begins on the first session on or after it.
    end, days
        Last day (``to`` in a scenario file), or the number of sessions; to the end of the data by default.
    assets
        The assets it hits; all by default.
    severity
        How hard: 0 changes nothing, 1 is the stated size, 2 is the stated size twice over, in logs.
    dispersion
        Standard deviation of the log size across assets, drawn from the scenario's seed.
    series
        Multipliers on exogenous series within the window, at severity 1; the others are left alone.
    shifts
        What is added to exogenous series within the window, at severity 1, in their own units; rates, for example.
    when
        Strikes on the session after the first close, from ``from`` on, at which this holds: ``"drawdown:0.1"`` (the
        portfolio's target weights are 10% below their highest close since the day before ``from``),
        ``"drawdown:SPY:0.1"``, ``"above:VIX:40"``, ``"below:DGS10:1"``. At once by default, ``days`` count from there.
    weights
        Whose drawdown ``when`` looks at where it names no asset; the portfolio's target weights by default.
    """

    kind: ClassVar[str] = "shock"
    #: Whether it moves the level of prices, and so nothing more once it has struck.
    moves_level: ClassVar[bool] = False

    start: str | date
    end: str | date | None = None
    days: Annotated[int | None, SESSIONS] = None
    assets: Sequence[str] | None = None
    severity: Annotated[float, SEVERITY] = 1.0
    dispersion: Annotated[float, Within(0.0, 3.0)] = 0.0
    series: Annotated[Mapping[str, float], MULTIPLIER] = field(default_factory=dict)
    shifts: Annotated[Mapping[str, float], SHIFT] = field(default_factory=dict)
    when: str = ""
    weights: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.days is not None:
            raise ParameterError(f"{self.kind}: give either to (a date) or days, not both")
        check_fields(self, self.kind)
        if self.last_day is not None and self.last_day < self.first_day:
            raise ParameterError(f"{self.kind}: it would end on {self.end}, before it starts on {self.start}")
        _ = self.condition

    @property
    def condition(self) -> Condition | None:
        """What it waits for; ``None`` for nothing."""
        return parse_condition(self.kind, self.when) if self.when else None

    @property
    def first_day(self) -> np.datetime64:
        """The day it starts from."""
        return _day(self.kind, self.start)

    @property
    def last_day(self) -> np.datetime64 | None:
        """The day it ends on, where one is stated."""
        return None if self.end is None else _day(self.kind, self.end)

    @property
    def ends(self) -> bool:
        """Whether its window has an end of its own, by date or by number of sessions."""
        return self.end is not None or self.days is not None

    @abstractmethod
    def shocked(self, market: MarketData, hit: Hit) -> MarketData:
        """The market, what happens or what is observed of it, with the shock in it."""

    def stretched(self, hit: Hit) -> FloatArray | None:
        """(T, N) by how much daily log returns are stretched after it; see :class:`~simulator.core.world.World`."""
        return hit.world.stretched

    @abstractmethod
    def log_size(self) -> float:
        """The size at severity 1, in logs."""

    def apply(self, world: World, rng: np.random.Generator) -> World:
        """Shock what happens and what is seen of it alike."""
        noise = rng.standard_normal(len(world.market.assets)) * self.dispersion
        if self.severity == 0.0:
            return world
        steps = rng.standard_normal(self.draws(world.market))
        hit = Hit(self.window(world.market), self._sizes(world.market, noise), world, steps)
        market = self._apply(world.market, hit)
        observed = market if world.observed is world.market else self._apply(world.observed, hit)
        return replace(world, market=market, observed=observed, before=world.unshocked, stretched=self.stretched(hit))

    def draws(self, market: MarketData) -> int:  # noqa: ARG002 - what a shock may need
        """How many normal numbers it needs; the same however much data there are."""
        return 0

    def describe(self) -> str:
        """One line for the report."""
        who = ", ".join(self.assets) if self.assets else "all assets"
        moves = [f"{name} x {factor:g}" for name, factor in self.series.items()]
        moved = ", ".join([*moves, *(f"{name} {shift:+g}" for name, shift in {**self.shifts, **self._along()}.items())])
        return (
            f"{self.kind} {self.dates}: {self.detail()}, {who}, severity {self.severity:g}"
            f"; series moved: {moved or 'none'}"
        )

    @property
    def moved_series(self) -> frozenset[str]:
        """Names of the series that it moves."""
        return frozenset([*self.series, *self.shifts, *self._along()])

    def series_along(self) -> Mapping[str, float]:
        """Series that move as its prices do, and stay there, with the change at severity 1 in their own units."""
        return {}

    def _along(self) -> Mapping[str, float]:
        """Those of them that nothing else is stated of."""
        return {name: by for name, by in self.series_along().items() if name not in {**self.series, **self.shifts}}

    @property
    def dates(self) -> str:
        """When it strikes and how long it lasts, in words."""
        until = f"to {self.end}" if self.end else f"for {self.days} sessions" if self.days else "to the end"
        waits = "" if self.condition is None else f" once {self.condition.words},"
        return f"from {self.start}{' on,' if waits else ''}{waits} {until}"

    @abstractmethod
    def detail(self) -> str:
        """The size in words."""

    def possible(self, market: MarketData) -> Window:
        """The sessions that it may touch: those of its window or, where it waits for something, all that may be."""
        if self.condition is None:
            return self.window(market)
        watched = self._from_to(market)
        return Window(watched.start + 1, watched.stop)

    def window(self, market: MarketData) -> Window:
        """The sessions it covers.

        Raises
        ------
        ParameterError
            If it lies outside the market's sessions, or if it waits for something: a world alone says when that is.
        """
        if self.condition is not None:
            raise ParameterError(
                f"{self.kind}: it waits for {self.when}; apply_shocks finds the day on which it strikes"
            )
        watched = self._from_to(market)
        if self.days is not None:
            return Window(watched.start, min(watched.start + self.days, market.sessions.size))
        return watched

    def _from_to(self, market: MarketData) -> Window:
        """The sessions from its first day to its last, or to the end."""
        sessions = market.sessions
        start, last = int(np.searchsorted(sessions, self.first_day)), self.last_day
        if start >= sessions.size or (last is not None and last < sessions[0]):
            raise ParameterError(
                f"{self.kind} from {self.start}: the market runs from {sessions[0]} to {sessions[-1]} only"
            )
        return Window(start, sessions.size if last is None else int(np.searchsorted(sessions, last, side="right")))

    def asked_sessions(self, market: MarketData) -> int:
        """How many sessions it was to last; weekdays are counted where its last day lies beyond the data."""
        window, last = self.window(market), self.last_day
        if self.days is not None:
            return self.days
        if last is None or last <= market.sessions[-1]:
            return window.stop - window.start
        return window.stop - window.start + int(np.busday_count(market.sessions[-1], last))

    def lasting(self, market: MarketData) -> Window:
        """The sessions of something that has no size but a length: severity times as many as stated, rounded up."""
        window = self.window(market)
        if not self.ends:
            return window
        sessions = int(np.ceil(round(self.asked_sessions(market) * self.severity, 9)))
        return Window(window.start, min(window.start + sessions, market.sessions.size))

    def _apply(self, market: MarketData, hit: Hit) -> MarketData:
        series: Mapping[str, ExogenousSeries] = self._shock_series(market, hit.window)
        sizes = {name: self.severity * by for name, by in self._along().items() if name in series}
        if sizes:
            series = moved_along(series, market.sessions, self.done(market, hit), sizes)
        return replace(self.shocked(market, hit), series=series)

    def done(self, market: MarketData, hit: Hit) -> FloatArray:
        """(T,) share of its move that is done by each session; all of it from the first on by default."""
        return (np.arange(market.sessions.size) >= hit.window.start).astype(np.float64)

    def _sizes(self, market: MarketData, noise: FloatArray) -> FloatArray:
        """(N,) the log size for each asset, 0 where it is spared."""
        hit = np.ones(len(market.assets), bool)
        if self.assets is not None:
            for name in self.assets:
                if name not in market.assets:
                    raise ParameterError(f"{self.kind}: no asset {quoted(name)}{nearest(name, market.assets)}")
            hit = np.isin(market.assets, list(self.assets))
        return np.where(hit, self.severity * self.log_size() * np.exp(noise), 0.0)

    def _shock_series(self, market: MarketData, window: Window) -> dict[str, ExogenousSeries]:
        first, last = market.sessions[window.start], market.sessions[window.stop - 1]
        changed = dict(market.series)
        for name in dict.fromkeys([*self.series, *self.shifts]):
            if name not in changed:
                raise ParameterError(f"{self.kind}: no series {quoted(name)}{nearest(name, changed)}")
            known = changed[name]
            within = (known.dates >= first) & (known.dates <= last)
            moved = known.values * self.series.get(name, 1.0) ** self.severity
            moved = moved + self.severity * self.shifts.get(name, 0.0)
            changed[name] = known.with_values(np.where(within, moved, known.values))
        return changed


@dataclass(frozen=True, kw_only=True)
class MultiplierShock(DatedShock):
    """A shock whose size is a multiplier of something.

    Parameters
    ----------
    multiplier
        At severity 1.
    """

    multiplier: Annotated[float, MULTIPLIER] = 2.0

    def log_size(self) -> float:
        """Log of the multiplier."""
        return float(np.log(self.multiplier))


def _day(kind: str, value: str | date) -> np.datetime64:
    try:
        return np.datetime64(str(value), "D")
    except ValueError:
        raise ParameterError(f"{kind}: {value!r} is no date; write YYYY-MM-DD") from None


def moved_along(
    series: Mapping[str, ExogenousSeries], sessions: DateArray, done: FloatArray, sizes: Mapping[str, float]
) -> dict[str, ExogenousSeries]:
    """Series, some of them moved by a size in their own units times the share (T,) that is done by each session."""
    changed = dict(series)
    for name in sizes.keys() & changed.keys():
        known = changed[name]
        place = np.searchsorted(sessions, known.dates, side="right") - 1
        share = np.where(place < 0, 0.0, done[np.maximum(place, 0)])
        changed[name] = known.with_values(np.where(share == 0.0, known.values, known.values + sizes[name] * share))
    return changed


def moved_by(market: MarketData, shift: FloatArray) -> MarketData:
    """Open, high, low and close moved by (T, N) logs, the same over a whole day: steps happen overnight."""
    factors = np.exp(shift)
    return replace(
        market,
        open=scaled(market.open, factors),
        high=scaled(market.high, factors),
        low=scaled(market.low, factors),
        close=market.close * factors,
    )


def within(market: MarketData, window: Window) -> FloatArray:
    """(T, 1) one inside a window, nothing elsewhere."""
    inside = np.zeros((market.sessions.size, 1))
    inside[window.start : window.stop] = 1.0
    return inside


def scaled(panel: FloatArray | None, factors: FloatArray) -> FloatArray | None:
    """A (T, N) panel times (T, N) or (N,) factors; ``None`` stays ``None``."""
    return None if panel is None else panel * factors
