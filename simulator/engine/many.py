"""Many policies on many paths: on all cores, keeping figures instead of daily arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from simulator.core import abi
from simulator.core.bounds import Bounds
from simulator.core.errors import DataError, ParameterError, PluginError, ReconciliationError
from simulator.core.execution import Execution
from simulator.core.flows import Flow, Waterfall
from simulator.core.jit import compiled_for
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.protocols import CostModel, Signal, Strategy
from simulator.core.types import FloatArray, IntArray
from simulator.ledger import EVENT
from simulator.liquidity import LiquidityStress

from .figures_nb import figures_nb
from .ground import lay_ground
from .many_nb import Paths, replay_many_nb
from .prepare import Prepared, on_ground
from .replay import new_output, new_state, replay_state
from .signals import gather
from .spread import spread, threads
from .stack import stack_paths, stack_plans
from .together_nb import Aside, Plans, Results

Keep = Literal["metrics", "nav"]
Progress = Callable[[int, int], None]

#: The columns of :attr:`ManyResults.metrics`.
METRICS = abi.FIGURES

_NO_EVENTS = np.zeros(0, EVENT)
_PATHS_AT_ONCE = 32
_BLOCKS_A_WORKER = 8
_ENTRIES: WeakKeyDictionary[PreparedMany, Callable[..., int]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class ManyResults:
    """What many runs came to.

    Attributes
    ----------
    policies
        K names.
    figures
        (P, K, metrics) in the order of :data:`METRICS`; NaN where a figure is undefined. Fractions of nav, drawdowns
        negative, costs in basis points of nav a year, ``nav_end`` in currency, ``recovery_sessions`` from the bottom
        of the deepest fall; as :func:`simulator.metrics.policy_metrics` defines them.
    navs
        (P, K, T) or ``None`` if they were not kept.
    """

    policies: tuple[str, ...]
    figures: FloatArray
    navs: FloatArray | None

    @property
    def metrics(self) -> pd.DataFrame:
        """One row a policy and path, indexed by both."""
        paths, policies, _ = self.figures.shape
        index = pd.MultiIndex.from_product([self.policies, range(paths)], names=["policy", "path"])
        table = self.figures.transpose(1, 0, 2).reshape(policies * paths, len(METRICS))
        return pd.DataFrame(table, index=index, columns=list(METRICS))

    @property
    def nav(self) -> FloatArray | None:
        """(policies, paths, T) nav at each close, or ``None`` if it was not kept."""
        return None if self.navs is None else self.navs.transpose(1, 0, 2)


@dataclass(frozen=True, eq=False)
class PreparedMany:
    """Policies on paths, ready to go: inputs validated, converted and stacked once."""

    policies: tuple[str, ...]
    paths: Paths
    plans: Plans | None  # of the policies that have one
    planned: IntArray  # (J,) which policies those are
    asked: tuple[tuple[int, int, Prepared], ...]  # path, policy and run of the others
    pattern: Prepared  # any of the runs: they share terms and sessions

    def run(self, keep: Keep = "metrics", workers: int | None = None, progress: Progress | None = None) -> ManyResults:
        """Replay everything; the figures do not depend on the number of workers (threads, all cores by default)."""
        if keep not in ("metrics", "nav"):
            raise ParameterError(f"keep must be 'metrics' or 'nav', not {keep!r}")
        use = threads(workers)
        count, sessions = self.paths.market.mark.shape[0], self.paths.market.mark.shape[1]
        figures = np.empty((count, len(self.policies), len(METRICS)))
        navs = np.empty((count, len(self.policies), sessions)) if keep == "nav" else None
        done = 0

        def report(more: int) -> None:
            nonlocal done
            done += more
            if progress is not None:
                progress(done, count * len(self.policies))

        if self.plans is not None:
            own, kept = self._replay_plans(self.plans, keep, use, report)
            figures[:, self.planned] = own
            if navs is not None and kept is not None:
                navs[:, self.planned] = kept
        for p, k, run in self.asked:
            nav = _ask(run, self.paths.years, figures[p, k])
            if navs is not None:
                navs[p, k] = nav
            report(1)
        return ManyResults(self.policies, figures, navs)

    def _replay_plans(
        self, plans: Plans, keep: Keep, workers: int, report: Callable[[int], None]
    ) -> tuple[FloatArray, FloatArray | None]:
        runs, sessions = plans.calendar.size, self.paths.market.mark.shape[1]
        policies = self.planned.size
        results = Results(
            figures=np.empty((runs, len(METRICS))), navs=np.empty((runs, sessions) if keep == "nav" else (0, 0))
        )
        edges = np.unique(np.linspace(0, runs, min(runs, workers * _BLOCKS_A_WORKER) + 1).astype(np.int64)).tolist()
        given = (policies, self.paths, self.pattern.limits, plans)
        most = int((plans.end - np.arange(runs)).max())
        replay = self._compiled((0, 0, *given, *self._scratch(most), results, _NO_EVENTS))

        def block(number: int) -> int:
            first, stop = edges[number], edges[number + 1]
            reached = replay(first, stop, *given, *self._scratch(most), results, _NO_EVENTS)
            if reached != stop:
                run = int(plans.turn[reached])
                name = self.policies[self.planned[run % policies]]
                raise ReconciliationError(f"policy {name!r} on path {run // policies}: the books do not balance")
            return stop - first

        spread(block, len(edges) - 1, workers, report)
        shape = (runs // policies, policies)
        navs = results.navs.reshape(*shape, sessions) if keep == "nav" else None
        return results.figures.reshape(*shape, -1), navs

    def _compiled(self, arguments: tuple[Any, ...]) -> Callable[..., int]:
        """The kernel for the types of these runs; they are the same whatever is kept."""
        if self not in _ENTRIES:
            _ENTRIES[self] = compiled_for(replay_many_nb, arguments)
        return _ENTRIES[self]

    def _scratch(self, most: int) -> tuple[abi.State, Aside, abi.Output, FloatArray]:
        """What a worker needs for itself: a book, those put aside of ``most`` runs, a run's arrays and its returns."""
        state, out = new_state(self.pattern), new_output(self.pattern, "nav")
        return state, _new_aside(state, most), out, np.empty((2, out.nav.size))


def _new_aside(state: abi.State, depth: int) -> Aside:
    """Room for the books of runs that part from others: of ``depth`` runs, all but one may."""
    room = max(depth - 1, 0)
    return Aside(
        book=np.empty((room, *state.book.shape)),
        recent=np.empty((room, *state.recent.shape)),
        cell=np.empty((room, *state.cell.shape)),
        tally=np.empty((room, *state.tally.shape), np.int64),
        since=np.empty((room, 3), np.int64),
    )


def _ask(run: Prepared, years: float, figures: FloatArray) -> FloatArray:
    """Replay a policy that must be asked, and write its figures; return its nav."""
    state, out = replay_state(run)
    returns = np.empty((2, out.nav.size))
    figures_nb(out.nav, out.flowed, run.arrays.accrual, years, run.initial_cash, state, returns, figures)
    return out.nav


def prepare_many(
    markets: MarketData | Iterable[MarketData],
    policies: Mapping[str, Strategy],
    *,
    costs: CostModel | None = None,
    execution: Execution | None = None,
    bounds: Bounds | None = None,
    liquidity: LiquidityStress | Literal[False] | None = None,
    initial_cash: float = 1e6,
    flows: Sequence[Flow] = (),
    waterfall: Waterfall = "most-liquid",
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    observed: MarketData | None = None,
) -> PreparedMany:
    """Validate and convert the inputs of :func:`simulate_many`; all paths are held in memory at once."""
    paths = [markets] if isinstance(markets, MarketData) else list(markets)
    _check(paths, policies, signals or {}, observed)
    grounds, runs = [], []
    for market in paths:
        seen = observed or market
        gathered = {name: gather(policy, signals or {}, seen) for name, policy in policies.items()}
        ground = lay_ground(
            market,
            costs=costs,
            execution=execution,
            bounds=bounds,
            liquidity=liquidity,
            initial_cash=initial_cash,
            flows=flows,
            waterfall=waterfall,
            start=start,
            end=end,
            observed=observed,
            warmup=max(warmup for _, warmup in gathered.values()),
        )
        grounds.append(ground)
        runs.append([on_ground(ground, policies[name], panels, name=name) for name, (panels, _) in gathered.items()])
    asks = np.array([any((path[k].plan.action == abi.ASK).any() for path in runs) for k in range(len(policies))])
    planned = np.flatnonzero(~asks)
    plans = [path[k].plan for path in runs for k in planned]
    return PreparedMany(
        policies=tuple(policies),
        paths=stack_paths(grounds),
        plans=stack_plans(plans, planned.size) if plans else None,
        planned=planned,
        asked=tuple((p, int(k), path[k]) for p, path in enumerate(runs) for k in np.flatnonzero(asks)),
        pattern=runs[0][0],
    )


def _check(
    paths: Sequence[MarketData],
    policies: Mapping[str, Strategy],
    signals: Mapping[str, Signal | SignalPanel],
    observed: MarketData | None,
) -> None:
    if not paths:
        raise DataError("no market to replay: give one, or at least one path")
    if not policies:
        raise ParameterError("no policy to replay: give at least one")
    if len(paths) > 1 and observed is not None:
        raise ParameterError("observed belongs to one market; with several paths it is the path itself")
    fixed = [name for name, one in signals.items() if isinstance(one, SignalPanel)]
    if len(paths) > 1 and fixed:
        raise PluginError(f"signal {fixed[0]!r} is a panel computed on one market; give the signal itself for paths")


def simulate_many(
    markets: MarketData | Iterable[MarketData],
    policies: Mapping[str, Strategy],
    *,
    costs: CostModel | None = None,
    execution: Execution | None = None,
    bounds: Bounds | None = None,
    liquidity: LiquidityStress | Literal[False] | None = None,
    initial_cash: float = 1e6,
    flows: Sequence[Flow] = (),
    waterfall: Waterfall = "most-liquid",
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    observed: MarketData | None = None,
    keep: Keep = "metrics",
    workers: int | None = None,
    progress: Progress | None = None,
) -> ManyResults:
    """Replay every policy on every path.

    Policies with a plan run compiled and in parallel; those that must be asked run one after the other. Signals are
    computed anew on every path, and all policies start on the same session: after the longest warm-up among them.

    Parameters
    ----------
    markets
        One market, or paths of the same assets and sessions; paths may come from a generator, a few at a time.
    policies
        By name.
    keep
        ``"metrics"`` keeps figures, ``"nav"`` every nav as well.
    workers
        Threads, 1 or more; one a core by default. Results do not depend on it.
    progress
        Called with runs done and runs in all (of the paths at hand).

    The others are those of :func:`simulator.simulate`.

    Raises
    ------
    UndertowError
        If an input cannot be used, or paths differ in sessions or assets.
    ReconciliationError
        If the books of any run do not balance to 1e-9 of nav.
    """
    one = [markets] if isinstance(markets, MarketData) else iter(markets)
    parts = []
    for some in _batches(one):
        prepared = prepare_many(
            some,
            policies,
            costs=costs,
            execution=execution,
            bounds=bounds,
            liquidity=liquidity,
            initial_cash=initial_cash,
            flows=flows,
            waterfall=waterfall,
            signals=signals,
            start=start,
            end=end,
            observed=observed,
        )
        parts.append(prepared.run(keep, workers, progress))
    if not parts:
        raise DataError("no market to replay: give one, or at least one path")
    navs = None if keep == "metrics" else np.concatenate([part.navs for part in parts if part.navs is not None])
    return ManyResults(tuple(policies), np.concatenate([part.figures for part in parts]), navs)


def _batches(markets: Iterable[MarketData]) -> Iterator[list[MarketData]]:
    batch: list[MarketData] = []
    for market in markets:
        batch.append(market)
        if len(batch) == _PATHS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
