"""The conformance check of a cost model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from simulator.core import abi
from simulator.core.abi import CostPanels
from simulator.core.market import MarketData
from simulator.core.protocols import CostModel
from simulator.core.types import FloatArray
from simulator.costs.law_nb import commission_nb, cost_nb
from simulator.engine.arrays import estimates

from .markets import made_markets
from .perturb import cuts as cut_sessions
from .perturb import differing, poison_after, same, truncate
from .report import Checklist, RuleRefused, Summary, chosen_markets, duplicate, name_of

PROTOCOL: Final = "has panels(market, estimates)"
PANELS: Final = "returns CostPanels of the right shapes"
NUMBERS: Final = "coefficients are finite and never negative where an asset can trade"
REPEATS: Final = "the same market gives the same bytes"
STATELESS: Final = "keeps no state between markets"
ALONE: Final = "leaves its input alone"
PLANNED: Final = "planned coefficients use the past alone"
REALISED: Final = "realised coefficients use nothing after their session"
STANDING: Final = "coefficients by asset do not come from prices or volumes"
SIZE: Final = "costs are zero for nothing and rise with size"
ADV: Final = "costs do not rise with volume"

_PLANNED = ("planned_spread", "planned_volume", "planned_sigma")
_REALISED = ("spread", "volume", "sigma", "raw_shares")
_SIZES = (0.0, 1e2, 1e4, 1e6, 1e8)
_CAUSAL = "let row t use rows up to t alone, and give rows by session where a coefficient is estimated"
_SESSIONS = 320


def check_cost_model(
    model: CostModel,
    *,
    market: MarketData | Mapping[str, MarketData] | None = None,
    assets: Sequence[str] | None = None,
    cuts: int = 6,
    seed: int = 0,
) -> Summary:
    """Check a cost model on small markets with all the trouble data can make.

    Parameters
    ----------
    model
        What to check.
    market
        A market of your own, or several by name, instead of those made here (see
        :func:`simulator.testing.made_markets`).
    assets
        Names of the assets of the made markets, for a model that names its own.
    cuts
        Sessions of each market after which history is cut off and the future replaced.
    seed
        Of the markets and the futures.

    Raises
    ------
    ConformanceError
        Naming the first rule that is broken, where, and what to do.
    """
    todo = Checklist(f"cost model {name_of(model)!r}")
    offered = callable(getattr(model, "panels", None))
    remedy = "see the CostModel protocol in simulator/core/protocols.py"
    todo.require(offered, PROTOCOL, "it has no method panels(market, estimates)", remedy)
    todo.kept(PROTOCOL)
    markets = chosen_markets(market, lambda: made_markets(_SESSIONS, assets=assets, seed=seed))
    check = _Check(todo, model, duplicate(model), cuts, seed)
    todo.over(markets, check.on)
    first = todo.markets[0]
    check.again(first, markets[first])
    return todo.summary()


@dataclass(frozen=True)
class _Check:
    """The rules that need a market."""

    todo: Checklist
    model: CostModel
    fresh: Callable[[], CostModel]
    cuts: int
    seed: int

    def on(self, where: str, market: MarketData) -> None:
        """Every rule on one market."""
        panels = self.panels(self.fresh(), market, where)
        self._shapes(panels, market, where)
        self._numbers(panels, market, where)
        self._repeats(panels, market, where)
        self._no_look_ahead(panels, market, where)
        self._rises_with_size(panels, market, where)
        self._falls_with_volume(panels, market, where)

    def again(self, where: str, market: MarketData) -> None:
        """After all other markets, the first one gives what a fresh copy gives."""
        name = _unlike(self.panels(self.fresh(), market, where), self.panels(self.model, market, where))
        what = f"{name} differs after other markets"
        self.todo.require(not name, STATELESS, what, "keep nothing on self that panels reads", where)
        self.todo.kept(STATELESS)

    def panels(self, model: CostModel, market: MarketData, where: str) -> CostPanels:
        """Its coefficients; what it was given must come back unchanged."""
        given = estimates(market)
        before = market.fingerprint(), *_bytes(given)
        panels = self.todo.call(PANELS, where, model.panels, market, given)
        if (market.fingerprint(), *_bytes(given)) != before:
            what = "the market or the estimates are not what they were"
            self.todo.fail(ALONE, what, "work on a copy: they are shared with every other run", where)
        self.todo.kept(ALONE)
        return panels

    def _shapes(self, panels: Any, market: MarketData, where: str) -> None:
        remedy = "build it with simulator.costs.cost_panels"
        kind = type(panels).__name__
        self.todo.require(isinstance(panels, CostPanels), PANELS, f"panels returned {kind}", remedy, where)
        sessions, assets = market.shape
        wanted = dict.fromkeys((*_PLANNED, *_REALISED), ((1, assets), (sessions, assets)))
        wanted["by_asset"] = ((abi.BY_ASSET, assets),)  # type: ignore[assignment]
        for name, shapes in wanted.items():
            array = getattr(panels, name)
            what = f"{name} is no array of floats of shape {' or '.join(map(str, shapes))}"
            right = isinstance(array, np.ndarray) and array.shape in shapes and array.dtype == np.float64
            self.todo.require(right, PANELS, what, remedy, where)
            frozen = array.flags.c_contiguous and not array.flags.writeable
            what = f"{name} is not a read-only array in C order, and would make the kernel compile anew"
            self.todo.require(frozen, PANELS, what, remedy, where)
        decay = np.asarray(panels.decay)
        falls = decay.ndim == 1 and decay.size > 0 and decay[0] == 1.0 and (np.diff(decay) <= 0.0).all()
        what = "decay does not start at 1 and fall"
        self.todo.require(falls and (decay >= 0.0).all(), PANELS, what, remedy, where)
        self.todo.kept(PANELS)

    def _numbers(self, panels: CostPanels, market: MarketData, where: str) -> None:
        able = market.tradable
        for name in (*_PLANNED, *_REALISED):
            values = np.broadcast_to(getattr(panels, name), market.shape)
            endless = name in ("planned_volume", "volume")  # inf where it is unknown and costs do not need it
            bad = able & ~(values >= 0.0) if endless else able & ~(np.isfinite(values) & (values >= 0.0))
            if bad.any():
                t, i = np.argwhere(bad)[0]
                what = f"{name} of {market.assets[i]} on {market.sessions[t]} is {values[t, i]}"
                remedy = "fill what is missing with the last known or a cautious value"
                self.todo.fail(NUMBERS, what, remedy, where)
        what = f"delta is {panels.delta}: impact would not rise with size"
        self.todo.require(panels.delta > 0.0, SIZE, what, "give an exponent in (0, 1]", where)
        single = {"delta": panels.delta, "financing": panels.financing}
        for name, value in {**single, **dict(zip(_BY_ASSET, panels.by_asset, strict=True))}.items():
            fine = np.isfinite(value).all() and (np.asarray(value) >= 0.0).all()
            self.todo.require(fine, NUMBERS, f"{name} is {value}", "give a number, zero or more", where)
        self.todo.kept(NUMBERS)

    def _repeats(self, panels: CostPanels, market: MarketData, where: str) -> None:
        name = _unlike(panels, self.panels(self.fresh(), market, where))
        what = f"{name} differs between two calls"
        self.todo.require(not name, REPEATS, what, "draw randomness from a generator seeded inside panels", where)
        for _ in range(2):
            name = _unlike(panels, self.panels(self.model, market, where))
            what = f"{name} differs once it has been called before"
            self.todo.require(not name, STATELESS, what, "keep nothing on self that panels reads", where)
        self.todo.kept(REPEATS)

    def _no_look_ahead(self, panels: CostPanels, market: MarketData, where: str) -> None:
        rng = np.random.default_rng([self.seed, 17])
        for t in cut_sessions(market, self.cuts, rng):
            day = market.sessions[t]
            for other, when in (
                (truncate(market, t), f"when history ends on {day}"),
                (poison_after(market, t, rng), f"when the future after {day} is another"),
            ):
                try:
                    altered = self.panels(self.fresh(), other, where)
                except RuleRefused as refusal:
                    what = f"it refuses the market {when} ({refusal}), so that it cannot be told what it sees"
                    self.todo.fail(PLANNED, what, "let it run on any history", where)
                self._past(panels, altered, market, t, when, where)
        self.todo.kept(PLANNED, REALISED, STANDING)

    def _past(self, panels: CostPanels, altered: CostPanels, market: MarketData, t: int, when: str, where: str) -> None:
        for rule, names in ((PLANNED, _PLANNED), (REALISED, _REALISED)):
            for name in names:
                ours, theirs = _rows(getattr(panels, name), t), _rows(getattr(altered, name), t)
                differs = differing(ours, theirs)
                if differs.any():
                    row, i = np.argwhere(differs)[0]
                    what = f"{name} of {market.assets[i]} on {market.sessions[row]} changes {when}"
                    self.todo.fail(rule, what, _CAUSAL, where)
        for name in ("by_asset", "delta", "financing"):
            what = f"{name} changes {when}, and it holds from the first session on"
            equal = same(getattr(panels, name), getattr(altered, name))
            self.todo.require(equal, STANDING, what, "state it, or estimate it on other data", where)

    def _rises_with_size(self, panels: CostPanels, market: MarketData, where: str) -> None:
        costs = np.stack([_cost(panels, market, size) for size in _SIZES])
        nothing = np.nan_to_num(costs[0]) == 0.0
        self.todo.require(nothing.all(), SIZE, "trading nothing costs something", "see costs/law_nb.py", where)
        falls = market.tradable & (np.diff(costs, axis=0) < 0.0).any(axis=0)
        if falls.any():
            t, i = np.argwhere(falls)[0]
            what = f"trading more of {market.assets[i]} costs less on {market.sessions[t]}"
            self.todo.fail(SIZE, what, "give no negative coefficient", where)
        self.todo.kept(SIZE)

    def _falls_with_volume(self, panels: CostPanels, market: MarketData, where: str) -> None:
        deeper = _deeper(market)
        if deeper is None:
            return
        other = self.panels(self.fresh(), deeper, where)
        for planned in (True, False):
            before, after = _cost(panels, market, 1e5, planned), _cost(other, deeper, 1e5, planned)
            rises = market.tradable & (after > before * (1.0 + 1e-9))
            if rises.any():
                t, i = np.argwhere(rises)[0]
                kind = "planned" if planned else "realised"
                what = f"the {kind} cost of {market.assets[i]} on {market.sessions[t]} rises with ten times the volume"
                self.todo.fail(ADV, what, "let impact and spread fall, or stay, as volume grows", where)
        self.todo.kept(ADV)


_BY_ASSET = ("eta", "gamma", "commission", "per_share", "min_commission", "fixed", "borrow")


def _cost(panels: CostPanels, market: MarketData, notional: float, planned: bool = False) -> FloatArray:
    """(T, N) cost of trading that notional of each asset on each session; NaN where it cannot be traded."""
    names = ("planned_spread", "planned_volume", "planned_sigma") if planned else ("spread", "volume", "sigma")
    able = market.tradable & (np.broadcast_to(getattr(panels, names[1]), market.shape) > 0.0)

    def cells(panel: FloatArray) -> FloatArray:
        return np.asarray(np.broadcast_to(panel, market.shape)[able])

    by_asset = [cells(row) for row in panels.by_asset]
    law = np.vectorize(cost_nb, otypes=[float] * 3)
    parts = law(notional, *(cells(getattr(panels, name)) for name in names), *by_asset[: abi.GAMMA + 1], panels.delta)
    shares = notional / market.close[able] * cells(panels.raw_shares)
    fee = np.vectorize(commission_nb, otypes=[float])(notional, shares, *by_asset[abi.FEE_RATE : abi.FEE_FIXED + 1])
    costs = np.full(market.shape, np.nan)
    costs[able] = sum(parts) + fee
    return costs


def _deeper(market: MarketData) -> MarketData | None:
    """The market with ten times the volume; ``None`` where it has none."""
    if market.volume is not None:
        return replace(market, volume=10.0 * market.volume)
    return None if market.assumed_adv is None else replace(market, assumed_adv=10.0 * market.assumed_adv)


def _rows(panel: FloatArray, t: int) -> FloatArray:
    """(t + 1, N) rows up to t of a panel that may have a single one."""
    return np.broadcast_to(panel, (t + 1, panel.shape[1])) if len(panel) == 1 else panel[: t + 1]


def _unlike(one: CostPanels, other: CostPanels) -> str:
    """The first field in which two sets of coefficients differ; empty if there is none."""
    return next((name for name in one._fields if not same(getattr(one, name), getattr(other, name))), "")


def _bytes(given: Any) -> list[bytes]:
    arrays = (given.adv, given.sigma, given.volume, given.sigma_day)
    return [b"" if array is None else array.tobytes() for array in arrays]
