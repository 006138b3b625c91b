"""Many policies on many paths: on all cores, keeping figures instead of daily arrays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Unpack

import numpy as np

from simulator.core import abi
from simulator.core.errors import DataError, ParameterError, PluginError
from simulator.core.market import MarketData
from simulator.core.panels import SignalPanel
from simulator.core.plan import PlanContext
from simulator.core.protocols import Signal, Strategy

from .ground import Ground, lay_ground
from .many_runs import Keep, ManyResults, PreparedMany, Progress
from .prepare import Prepared, on_ground
from .shared_plans import SharedPlans
from .signals import gather
from .stack import stack_paths, stack_plans
from .terms import Stated, Terms, given

_PATHS_AT_ONCE = 32


def prepare_many(
    markets: MarketData | Iterable[MarketData],
    policies: Mapping[str, Strategy],
    terms: Terms | None = None,
    *,
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    observed: MarketData | None = None,
    pure: bool = False,
    **stated: Unpack[Stated],
) -> PreparedMany:
    """Validate and convert the inputs of :func:`simulate_many`; all paths are held in memory at once."""
    terms = given(terms, stated)
    if terms.opening is not None:
        raise ParameterError("opening: many runs begin in cash; replay those with positions one by one (simulate)")
    paths = [markets] if isinstance(markets, MarketData) else list(markets)
    _check(paths, policies, signals or {}, observed)
    grounds, runs, shared = [], [], SharedPlans()
    lay = shared.on if pure else _each
    for market in paths:
        seen = observed or market
        gathered = {name: gather(policy, signals or {}, seen, name) for name, policy in policies.items()}
        warmup = max(warmup for _, warmup in gathered.values())
        ground = lay_ground(market, terms, observed=observed, warmup=warmup)
        grounds.append(ground)
        contexts: dict[tuple[tuple[str, int], ...], PlanContext] = {}
        own = []
        for name, (panels, _) in gathered.items():
            key = tuple((label, id(panel)) for label, panel in panels.items())
            if key not in contexts:
                contexts[key] = ground.context(panels)
            own.append(lay(ground, policies[name], panels, name, contexts[key]))
        runs.append(own)
    asks = np.array([any(_asks(path[k].plan) for path in runs) for k in range(len(policies))])
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


def _each(
    ground: Ground, strategy: Strategy, panels: Mapping[str, SignalPanel], name: str, context: PlanContext
) -> Prepared:
    return on_ground(ground, strategy, panels, name=name, context=context)


def _asks(plan: abi.PlanArrays) -> bool:
    """Whether kernels stop for an answer somewhere in a plan."""
    return plan.shared or bool((plan.action == abi.ASK).any())


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
    fixed = [name for name, signal in signals.items() if isinstance(signal, SignalPanel)]
    if len(paths) > 1 and fixed:
        raise PluginError(f"signal {fixed[0]!r} is a panel computed on one market; give the signal itself for paths")


def simulate_many(
    markets: MarketData | Iterable[MarketData],
    policies: Mapping[str, Strategy],
    terms: Terms | None = None,
    *,
    signals: Mapping[str, Signal | SignalPanel] | None = None,
    observed: MarketData | None = None,
    keep: Keep = "metrics",
    workers: int | None = None,
    progress: Progress | None = None,
    pure: bool = False,
    **stated: Unpack[Stated],
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
    terms
        Costs, execution, bounds, liquidity, cash, flows, waterfall and dates in one; or each of them is stated.
    keep
        ``"metrics"`` keeps figures, ``"nav"`` every nav as well.
    workers
        Threads, 1 or more; one a core by default. Results do not depend on it.
    progress
        Called with runs done and runs in all (of the paths at hand).
    pure
        Whether every policy lays out the same plan whenever it is shown the same: a plan for which the market was not
        looked at is then laid out once for all paths on which the signals that it read are the same.

    The others are those of :func:`simulator.simulate`.

    Raises
    ------
    UndertowError
        If an input cannot be used, or paths differ in sessions or assets.
    ReconciliationError
        If the books of any run do not balance to 1e-9 of nav.
    """
    terms = given(terms, stated)
    paths = [markets] if isinstance(markets, MarketData) else iter(markets)
    parts = []
    for some in _batches(paths):
        prepared = prepare_many(some, policies, terms, signals=signals, observed=observed, pure=pure)
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
