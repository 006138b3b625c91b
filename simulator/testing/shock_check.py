"""The conformance check of a shock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import date
from typing import Any, Final, cast

import numpy as np
import pandas as pd

from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.types import BoolArray, FloatArray
from simulator.core.world import Shock, World

from .markets import made_markets
from .perturb import differing, poison_after, same, truncate
from .report import Checklist, Summary, chosen_markets, duplicate, name_of

PROTOCOL: Final = "has apply(world, rng) and describe()"
SENTENCE: Final = "describes itself in one line"
WORLD: Final = "returns a World over the same sessions and assets"
PAST: Final = "changes nothing before it starts"
REPEATS: Final = "the same generator gives the same world"
STATELESS: Final = "keeps no state between worlds"
ALONE: Final = "leaves its input alone"
VALID: Final = "leaves a valid market"
OBSERVED: Final = "changes what is observed from what was observed"
NOTHING: Final = "severity 0 changes nothing to the bit"
EFFECT: Final = "changes something"
TRUNCATED: Final = "no look-ahead: truncated history"
POISONED: Final = "no look-ahead: another future"

_PANELS = ("open", "high", "low", "close", "volume", "adjustment", "half_spread", "dividends")
_SESSIONS, _BEFORE = 320, 230  # an asset has been born and one delisted before the first day
_ROUNDING = 1e-9
#: Sessions after the first day after which the future is another; a longer look ahead shows at the first already.
_CUTS = (0, 3, 20)


def check_shock(
    shock: Shock,
    *,
    market: MarketData | Mapping[str, MarketData] | None = None,
    start: str | date | None = None,
    assets: Sequence[str] | None = None,
    series: Mapping[str, str] | None = None,
    seed: int = 0,
) -> Summary:
    """Check a shock on small markets around its first day.

    Parameters
    ----------
    shock
        What to check.
    market
        A market of your own, or several by name, instead of those made here (see
        :func:`simulator.testing.made_markets`).
    start
        Its first day; by default what its attribute ``first_day`` or ``start`` says.
    assets
        Names of the assets of the made markets, for a shock that names its own.
    series
        Release rules by name of the exogenous series it moves: ``{"VIX": "close"}``.
    seed
        Of the markets and of the generator it is given.

    Raises
    ------
    ConformanceError
        Naming the first rule that is broken, where, and what to do.
    """
    todo = Checklist(f"shock {_label(shock)!r}")
    _check_protocol(shock, todo)
    first = _first_day(shock, start, todo)
    begin = "2000-01-03" if first is None else str(pd.Timestamp(first) - pd.offsets.BDay(_BEFORE))[:10]
    markets = chosen_markets(
        market, lambda: made_markets(_SESSIONS, assets=assets, series=series, start=begin, seed=seed)
    )
    check = _Check(todo, shock, duplicate(shock), first, seed)
    todo.over(markets, check.on)
    again = todo.markets[0]
    check.again(again, markets[again])
    check.has_effect()
    return todo.summary()


def _label(shock: Any) -> str:
    kind = getattr(shock, "kind", None)
    return kind if isinstance(kind, str) else name_of(shock)


def _check_protocol(shock: Any, todo: Checklist) -> None:
    remedy = "see the Shock protocol in simulator/core/world.py"
    for name in ("apply", "describe"):
        todo.require(callable(getattr(shock, name, None)), PROTOCOL, f"it has no method {name}", remedy)
    todo.kept(PROTOCOL)
    text = todo.call(SENTENCE, "", shock.describe)
    right = isinstance(text, str) and " " in text.strip() and "\n" not in text
    remedy = "return one line that says what happens, when and how hard"
    todo.require(right, SENTENCE, f"describe returned {text!r}", remedy)
    todo.kept(SENTENCE)


def _first_day(shock: Any, start: str | date | None, todo: Checklist) -> np.datetime64 | None:
    given = start if start is not None else getattr(shock, "first_day", getattr(shock, "start", None))
    if given is None:
        todo.note("its first day is not known, so that nothing was checked about the days before: give start=")
        return None
    try:
        return np.datetime64(str(given)[:10], "D")
    except ValueError:
        todo.fail(PAST, f"its start is {given!r}, no date", "give start= as YYYY-MM-DD")


@dataclass(frozen=True)
class _Check:
    """The rules that need a market."""

    todo: Checklist
    shock: Shock
    fresh: Callable[[], Shock]
    first: np.datetime64 | None
    seed: int
    changed: list[str] = field(default_factory=list)

    def on(self, where: str, market: MarketData) -> None:
        """Every rule on one market."""
        world = World(market, market)
        after = self.apply(self.fresh(), world, where)
        self._world(after, market, where)
        for kind in ("market", "observed"):
            self._valid(getattr(after, kind), market, kind, where)
            self._past(getattr(after, kind), market, kind, where)
        self._heard_past(after, market, where)
        self._repeats(after, world, where)
        self._observed(market, where)
        self._severity(world, where)
        self._future(after, market, where)
        if not _same(after, world):
            self.changed.append(where)

    def again(self, where: str, market: MarketData) -> None:
        """After all other markets, the first one gives what a fresh copy gives."""
        world = World(market, market)
        fresh, used = self.apply(self.fresh(), world, where), self.apply(self.shock, world, where)
        remedy = "keep nothing on self that apply reads"
        self.todo.require(_same(fresh, used), STATELESS, "its world differs after other markets", remedy, where)
        self.todo.kept(STATELESS)

    def has_effect(self) -> None:
        """A shock that changes no market is none, unless its severity is 0."""
        meant = getattr(self.shock, "severity", 1.0) != 0.0
        what = "it changes none of the markets"
        remedy = "return a new World with the changed market (dataclasses.replace)"
        self.todo.require(self.changed or not meant, EFFECT, what, remedy)
        self.todo.kept(EFFECT)

    def apply(self, shock: Shock, world: World, where: str) -> World:
        """The shocked world; the one it was given must come back unchanged."""
        before = _prints(world)
        rng = np.random.default_rng([self.seed, 19])
        after = self.todo.call(WORLD, where, shock.apply, world, rng)
        what = "the world it was given is not what it was"
        self.todo.require(_prints(world) == before, ALONE, what, "build new arrays and a new World", where)
        self.todo.kept(ALONE)
        return after

    def _world(self, after: Any, market: MarketData, where: str) -> None:
        remedy = "return World(market, observed)"
        kind = type(after).__name__
        self.todo.require(isinstance(after, World), WORLD, f"apply returned {kind}", remedy, where)
        for seen in (after.market, after.observed):
            equal = same(seen.sessions, market.sessions) and seen.assets == market.assets
            self.todo.require(equal, WORLD, "sessions or assets change", "mark days with NaN or halts instead", where)
        self.todo.kept(WORLD)

    def _valid(self, after: MarketData, market: MarketData, kind: str, where: str) -> None:
        remedy = "scale open, high, low and close alike, and keep volumes and spreads at zero or more"
        for what, bad in _faults(after):
            if bad.any():
                t, i = np.argwhere(bad)[0]
                text = f"in world.{kind}, {what} for {market.assets[i]} on {market.sessions[t]}"
                self.todo.fail(VALID, text, remedy, where)
        finite = np.isfinite(after.cash_rate).all()
        self.todo.require(finite, VALID, f"in world.{kind}, a cash rate is not finite", remedy, where)
        self.todo.kept(VALID)

    def _past(self, after: MarketData, before: MarketData, kind: str, where: str, rule: str = PAST) -> None:
        if self.first is None:
            return
        stop = int(np.searchsorted(before.sessions, self.first))
        remedy = "change rows from the first session on or after its start alone"
        for name, ours, theirs in _panels(after, before):
            differs = ~((ours[:stop] == theirs[:stop]) | (np.isnan(ours[:stop]) & np.isnan(theirs[:stop])))
            if differs.any():
                day = before.sessions[np.argwhere(differs)[0][0]]
                self.todo.fail(rule, f"in world.{kind}, {name} changes on {day}", remedy, where)
        for name, series in before.series.items():
            ours_, early = after.series.get(name), series.dates < self.first
            kept = ours_ is not None and same(ours_.values[ours_.dates < self.first], series.values[early])
            what = f"in world.{kind}, series {name} changes before {self.first}"
            self.todo.require(kept, rule, what, "change values dated from its start on alone", where)
        gone = {name: delisting for name, delisting in before.delistings.items() if delisting.date < self.first}
        kept = all(after.delistings.get(name) == delisting for name, delisting in gone.items())
        added = [
            name for name, delisting in after.delistings.items() if delisting.date < self.first and name not in gone
        ]
        what = f"in world.{kind}, delistings before {self.first} change"
        self.todo.require(kept and not added, rule, what, remedy, where)
        self.todo.kept(rule)

    def _heard_past(self, after: World, market: MarketData, where: str) -> None:
        """Signals are heard as they are before it starts."""
        if self.first is None or not after.misheard:
            return
        stop = int(np.searchsorted(market.sessions, self.first))
        was, now = _said(market), _heard(after)
        bad = differing(now[:stop], was[:stop])
        if bad.any():
            what = f"signals are heard otherwise on {market.sessions[np.argwhere(bad)[0][0]]}"
            self.todo.fail(PAST, what, "change what is heard from the first session on or after its start alone", where)

    def _repeats(self, after: World, world: World, where: str) -> None:
        remedy = "take all randomness from the generator it is given"
        again = self.apply(self.fresh(), world, where)
        self.todo.require(_same(after, again), REPEATS, "its world differs between two calls", remedy, where)
        for _ in range(2):
            used = self.apply(self.shock, world, where)
            what, remedy = "its world differs once it has been applied before", "keep nothing on self that apply reads"
            self.todo.require(_same(after, used), STATELESS, what, remedy, where)
        self.todo.kept(REPEATS)

    def _observed(self, market: MarketData, where: str) -> None:
        """Where what is observed differs already, its past must come from there, and the truth's from the truth."""
        seen = replace(market, close=market.close * 1.01, cash_rate=market.cash_rate + 0.01)
        after = self.apply(self.fresh(), World(market, seen), where)
        self._world(after, market, where)
        self._past(after.market, market, "market", where, OBSERVED)
        self._past(after.observed, seen, "observed", where, OBSERVED)

    def _future(self, after: World, market: MarketData, where: str) -> None:
        """What it does up to a session depends on nothing later: not on how much there is, nor on what it says."""
        if self.first is None:
            return
        begin = int(np.searchsorted(market.sessions, self.first))
        remedy = "size it by its own parameters and by sessions up to its day"
        for t in (begin + more for more in _CUTS if begin + more < market.sessions.size - 1):
            rng = np.random.default_rng([self.seed, 23, t])
            for rule, future in ((TRUNCATED, truncate(market, t)), (POISONED, poison_after(market, t, rng))):
                other = self.apply(self.fresh(), World(future, future), where)
                for kind in ("market", "observed"):
                    for name, ours, theirs in _panels(getattr(after, kind), getattr(other, kind)):
                        bad = differing(np.asarray(ours[: t + 1]), np.asarray(theirs[: t + 1]))
                        if bad.any():
                            day = market.sessions[np.argwhere(bad)[0][0]]
                            what = f"in world.{kind}, {name} on {day} changes with what follows {market.sessions[t]}"
                            self.todo.fail(rule, what, remedy, where)
                ours, theirs = _heard(after), _heard(other)
                bad = differing(ours[: t + 1], theirs[: t + 1])
                if bad.any():
                    day = market.sessions[np.argwhere(bad)[0][0]]
                    self.todo.fail(rule, f"what is heard on {day} changes with what follows", remedy, where)
                self.todo.kept(rule)

    def _severity(self, world: World, where: str) -> None:
        shock: Any = self.fresh()
        if not is_dataclass(shock) or isinstance(shock, type) or not hasattr(shock, "severity"):
            return
        none = self.apply(replace(cast("Any", shock), severity=0.0), world, where)
        what = "its world differs from the one it was given"
        self.todo.require(_same(none, world), NOTHING, what, "return the world it is given", where)
        self.todo.kept(NOTHING)


def _said(market: MarketData) -> FloatArray:
    """(T, 3) a signal made up for checks: a state, a call and a probability, by session alone."""
    t = np.arange(market.sessions.size)
    return np.column_stack([t // 7 % 2, t % 5 == 0, t % 11 / 10.0]).astype(np.float64)


def _heard(world: World) -> FloatArray:
    """(T, 3) the same as policies get it."""
    market = world.market
    panel = SignalPanel(market.sessions, ("state", "fire", "probability"), _said(market), market.sessions)
    return world.heard("signal", panel).values


def _prints(world: World) -> tuple[str, ...]:
    late = "" if world.late is None else str(world.late.tolist())
    said = repr((world.misheard, world.clients))
    return world.market.fingerprint(), world.observed.fingerprint(), repr(world.flows), late, said


def _same(one: World, other: World) -> bool:
    return _prints(one) == _prints(other)


def _faults(market: MarketData) -> list[tuple[str, BoolArray]]:
    """What may not be, and (T, N) where it is."""
    above, below, found = 1.0 + _ROUNDING, 1.0 - _ROUNDING, []
    for name in ("open", "high", "low", "close"):
        panel = getattr(market, name)
        if panel is not None:
            found.append((f"{name} is not positive and finite", (panel <= 0.0) | np.isinf(panel)))
            if market.high is not None:
                found.append((f"high is below {name}", market.high * above < panel))
            if market.low is not None:
                found.append((f"low is above {name}", market.low * below > panel))
    for name in ("volume", "depth", "half_spread", "spread_scale", "adjustment", "dividends", "splits"):
        panel = getattr(market, name)
        if panel is not None:
            found.append((f"{name} is negative or infinite", (panel < 0.0) | np.isinf(panel)))
    return found


def _panels(after: MarketData, before: MarketData) -> list[tuple[str, FloatArray, FloatArray]]:
    """Pairs of arrays by session; a field that one of them lacks counts as what its absence means."""
    empty = dict.fromkeys(_PANELS, np.nan) | {
        "spread_scale": 1.0,
        "depth": 1.0,
        "splits": 1.0,
        "halted": 0.0,
        "dividends": 0.0,
    }

    def of(market: MarketData, name: str) -> FloatArray:
        panel = getattr(market, name)
        return np.full(market.shape, empty[name]) if panel is None else np.asarray(panel, np.float64)

    pairs = [(name, of(after, name), of(before, name)) for name in empty]
    return [*pairs, ("cash_rate", after.cash_rate, before.cash_rate)]
