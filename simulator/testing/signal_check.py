"""The conformance check of a signal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simulator.core.errors import PluginError
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import Signal
from simulator.features import Features

from .markets import made_markets
from .perturb import cuts as cut_sessions
from .perturb import differing, poison_after, renamed, reordered, same, truncate
from .report import Checklist, RuleRefused, Summary, chosen_markets, duplicate, name_of

PROTOCOL: Final = "has name, warmup and compute"
PANEL: Final = "returns a SignalPanel over the market's sessions"
KNOWN: Final = "known_at is never after the session"
ALONE: Final = "leaves its input alone"
REPEATS: Final = "the same input gives the same bytes"
STATELESS: Final = "keeps no state between computations"
TRUNCATED: Final = "no look-ahead: truncated history"
POISONED: Final = "no look-ahead: another future"
FINITE: Final = "finite after its warm-up"
RENAMED: Final = "does not depend on what assets are called"
REORDERED: Final = "does not depend on the order of assets"

_CAUSAL = "let row t use rows up to t alone: no shift(-1), centred window, back-fill or full-sample statistic"
_LEAST_SESSIONS, _BEYOND_WARMUP = 320, 160


def check_signal(
    signal: Signal,
    *,
    market: MarketData | Mapping[str, MarketData] | None = None,
    assets: Sequence[str] | None = None,
    series: Mapping[str, str] | Sequence[str] | None = None,
    nan_ok: Collection[str] | bool = (),
    order_matters: bool = False,
    cuts: int = 6,
    seed: int = 0,
) -> Summary:
    """Check a signal on small markets with all the trouble data can make.

    Parameters
    ----------
    signal
        What to check.
    market
        A market of your own, or several by name, instead of those made here (see
        :func:`simulator.testing.made_markets`).
    assets
        Names of the assets of the made markets, for a signal that names its own.
    series
        Release rules by name of the exogenous series it needs: ``{"VIX": "close"}``; or their names alone, ``["VIX"]``.
    nan_ok
        Columns that may hold NaN after the warm-up; ``True`` for all.
    order_matters
        Whether its values may depend on the order of assets by more than rounding.
    cuts
        Sessions of each market after which history is cut off and the future replaced.
    seed
        Of the markets and the futures.

    Raises
    ------
    ConformanceError
        Naming the first rule that is broken, where, and what to do.
    """
    todo = Checklist(f"signal {name_of(signal)!r}")
    _check_protocol(signal, todo)
    sessions = max(_LEAST_SESSIONS, int(signal.warmup) + _BEYOND_WARMUP)
    markets = chosen_markets(market, lambda: made_markets(sessions, assets=assets, series=series, seed=seed))
    check = _Check(todo, signal, duplicate(signal), nan_ok, order_matters, cuts, seed)
    todo.over(markets, check.on)
    first = todo.markets[0]
    check.again(first, markets[first])
    return todo.summary()


def _check_protocol(signal: Any, todo: Checklist) -> None:
    name, warmup = getattr(signal, "name", None), getattr(signal, "warmup", None)
    remedy = "see the Signal protocol in simulator/core/protocols.py"
    todo.require(isinstance(name, str) and name, PROTOCOL, f"name is {name!r}, not a text", remedy)
    whole = isinstance(warmup, (int, np.integer)) and not isinstance(warmup, bool)
    todo.require(whole and int(warmup or 0) >= 0, PROTOCOL, f"warmup is {warmup!r}, not a number of sessions", remedy)
    todo.require(callable(getattr(signal, "compute", None)), PROTOCOL, "it has no method compute(features)", remedy)
    todo.kept(PROTOCOL)


@dataclass(frozen=True)
class _Check:
    """The rules that need a market."""

    todo: Checklist
    signal: Signal
    fresh: Any
    nan_ok: Collection[str] | bool
    order_matters: bool
    cuts: int
    seed: int

    def on(self, where: str, market: MarketData) -> None:
        """Every rule on one market."""
        panel = self.compute(self.fresh(), market, where)
        self._panel(panel, market, where)
        self._finite(panel, where)
        self._repeats(panel, market, where)
        self._no_look_ahead(panel, market, where)
        self._names(panel, market, where)

    def again(self, where: str, market: MarketData) -> None:
        """After all other markets, the first one gives what a fresh copy gives."""
        fresh, used = self.compute(self.fresh(), market, where), self.compute(self.signal, market, where)
        if not _same(fresh, used):
            what = f"{_first(fresh, used)} differs after it has been computed on other markets"
            self.todo.fail(STATELESS, what, "keep nothing on self that compute reads", where)
        self.todo.kept(STATELESS)

    def compute(self, signal: Signal, market: MarketData, where: str) -> SignalPanel:
        """Its panel; what it was given must come back unchanged."""
        features = Features(market)
        before = _digest(features)
        try:
            panel = self.todo.call(PANEL, where, signal.compute, features)
        except PluginError as error:
            if "only known at" in str(error):
                remedy = "state when each row was known: features.known_at(names of the series used)"
                self.todo.fail(KNOWN, str(error), remedy, where)
            raise
        if _digest(features) != before:
            what = "the market, or the frames of features, are not what they were"
            self.todo.fail(ALONE, what, "copy a frame before changing it", where)
        self.todo.kept(ALONE)
        return panel

    def _panel(self, panel: Any, market: MarketData, where: str) -> None:
        require = self.todo.require
        kind = type(panel).__name__
        remedy = "return SignalPanel(features.sessions, columns, values, known_at)"
        require(isinstance(panel, SignalPanel), PANEL, f"compute returned {kind}", remedy, where)
        require(same(panel.sessions, market.sessions), PANEL, "its sessions are not the market's", remedy, where)
        texts = all(isinstance(name, str) and name for name in panel.columns)
        distinct = len(set(panel.columns)) == len(panel.columns) > 0
        require(texts and distinct, PANEL, f"columns {panel.columns!r} are not distinct names", remedy, where)
        unknown = np.flatnonzero(np.isnat(panel.known_at))
        if unknown.size:
            what = f"known_at of {panel.sessions[unknown[0]]} is missing"
            self.todo.fail(KNOWN, what, "where nothing was published yet, give the session itself", where)
        self.todo.kept(PANEL, KNOWN)

    def _finite(self, panel: SignalPanel, where: str) -> None:
        warmup = int(self.signal.warmup)
        if warmup >= panel.sessions.size:
            raise RuleRefused(f"its warm-up of {warmup} sessions is longer than the {panel.sessions.size} there are")
        for k, column in enumerate(panel.columns):
            values = panel.values[:, k]
            bad = np.isinf(values)
            if not (self.nan_ok if isinstance(self.nan_ok, bool) else column in self.nan_ok):
                bad[warmup:] |= np.isnan(values[warmup:])
            if bad.any():
                t = int(np.flatnonzero(bad)[0])
                what = f"column {column!r} is {values[t]} on {panel.sessions[t]} (session {t}, warm-up {warmup})"
                remedy = "lengthen warmup, carry the last value, or allow it with nan_ok= and say so in its docstring"
                self.todo.fail(FINITE, what, remedy, where)
        self.todo.kept(FINITE)

    def _repeats(self, panel: SignalPanel, market: MarketData, where: str) -> None:
        again = self.compute(self.fresh(), market, where)
        if not _same(panel, again):
            what = f"{_first(panel, again)} differs between two computations"
            self.todo.fail(REPEATS, what, "draw randomness from a generator seeded inside compute", where)
        for used in (self.compute(self.signal, market, where), self.compute(self.signal, market, where)):
            if not _same(panel, used):
                what = f"{_first(panel, used)} differs once it has been computed before"
                self.todo.fail(STATELESS, what, "keep nothing on self that compute reads", where)
        self.todo.kept(REPEATS)

    def _no_look_ahead(self, panel: SignalPanel, market: MarketData, where: str) -> None:
        warmup = int(self.signal.warmup)
        rng = np.random.default_rng([self.seed, 11])
        for t in cut_sessions(market, self.cuts, rng, warmup + 1):
            day = panel.sessions[t]
            if t > warmup:
                self._past(panel, truncate(market, t), t, (TRUNCATED, f"when history ends on {day}", where))
                self.todo.kept(TRUNCATED)
            self._past(
                panel, poison_after(market, t, rng), t, (POISONED, f"when the future after {day} is another", where)
            )
            self.todo.kept(POISONED)

    def _past(self, panel: SignalPanel, market: MarketData, t: int, case: tuple[str, str, str]) -> None:
        """Rows up to t are the same to the bit on an altered market."""
        rule, when, where = case
        try:
            other = self.compute(self.fresh(), market, where)
        except RuleRefused as refusal:
            what = f"it refuses the market {when} ({refusal}), so that it cannot be told whether it sees the future"
            self.todo.fail(rule, what, "let it be computed on any history longer than its warm-up", where)
        if other.columns != panel.columns:
            self.todo.fail(rule, f"its columns change {when}", "name columns from what is known at the start", where)
        ours, theirs = panel.values[: t + 1], other.values[: t + 1]
        differs = differing(ours, theirs)
        late = panel.known_at[: t + 1] != other.known_at[: t + 1]
        if differs.any():
            row, k = np.argwhere(differs)[0]
            what = (
                f"column {panel.columns[k]!r} on {panel.sessions[row]} changes {when} "
                f"({ours[row, k]:.6g} becomes {theirs[row, k]:.6g})"
            )
            self.todo.fail(rule, what, _CAUSAL, where)
        if late.any():
            row = int(np.flatnonzero(late)[0])
            self.todo.fail(rule, f"known_at of {panel.sessions[row]} changes {when}", _CAUSAL, where)

    def _names(self, panel: SignalPanel, market: MarketData, where: str) -> None:
        names = tuple(f"asset-{number}" for number in range(len(market.assets)))
        order = np.arange(len(market.assets))[::-1]
        try:
            other = self.compute(self.fresh(), renamed(market, names), f"{where}, its assets renamed")
        except RuleRefused:
            self.todo.note("it names its assets")
        else:
            equal = len(other.columns) == len(panel.columns) and same(other.values, panel.values)
            what = f"{_first(panel, other)} changes when assets are renamed"
            self.todo.require(equal, RENAMED, what, "address assets by position, or raise ParameterError", where)
            self.todo.kept(RENAMED)
        if self.order_matters or len(order) < 2:
            return
        other = self.compute(self.fresh(), reordered(market, order), f"{where}, its assets reordered")
        known = [name for name in panel.columns if name in other.columns]
        ours = np.column_stack([panel.column(name) for name in known])
        theirs = np.column_stack([other.column(name) for name in known])
        equal = len(known) == len(panel.columns) and np.allclose(ours, theirs, 1e-6, 1e-9, equal_nan=True)
        what = f"{_first(panel, other)} changes when assets are put in another order"
        self.todo.require(equal, REORDERED, what, "address assets by name, or say order_matters=True", where)
        self.todo.kept(REORDERED)


def _digest(features: Features) -> tuple[bytes | str, ...]:
    """What a signal may read and must not change."""
    frames = (features.prices(), features.returns())
    parts = [part for frame in frames for part in (frame.to_numpy().tobytes(), repr(list(frame.columns)))]
    return features.market.fingerprint(), *parts


def _same(one: SignalPanel, other: SignalPanel) -> bool:
    return one.columns == other.columns and same(one.values, other.values) and same(one.known_at, other.known_at)


def _first(one: SignalPanel, other: SignalPanel) -> str:
    """The first cell in which two panels over the same sessions differ, in words."""
    if one.values.shape != other.values.shape:
        return f"the number of columns ({len(one.columns)} and {len(other.columns)})"
    found = np.argwhere(differing(one.values, other.values))
    if not found.size:
        return "the names of the columns, or known_at,"
    t, k = found[0]
    return f"column {one.columns[k]!r} on {one.sessions[t]}"
