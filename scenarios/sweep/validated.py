"""A sweep that has been asked for and validated: its plan, its chunks, what it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

from scenarios.build import Scenario, assemble, check, load_market
from scenarios.cluster import Place
from scenarios.held import refuse_opening
from scenarios.load import load
from scenarios.progress import Progress
from scenarios.schema import ScenarioFile
from scenarios.stored import check_stored, stored
from simulator.core.market import MarketData
from simulator.core.within import Within, check_fields

from .chunks import CHUNK, Chunk, cut
from .fingerprint import fingerprint
from .grid import Grid
from .jobs import Plan, check_names, make_plan, market_digest
from .shards import Asked
from .worlds import PathSettings, Source, first_replayed

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper


@dataclass(frozen=True)
class Options:
    """How to sweep.

    Attributes
    ----------
    paths
        What to replay on besides history.
    chunk
        Runs in a chunk.
    workers
        Threads; ``None`` for one a core. The results do not depend on it.
    restart
        Whether to throw away what an interrupted or finished sweep has left.
    place
        The cluster that computes it; ``None`` for this process.
    unasked
        Whether processes of this machine may compute what takes threads long, although no place is stated.
    """

    paths: PathSettings = field(default_factory=PathSettings)
    chunk: Annotated[int, Within(1, 10_000_000, option="--chunk")] = CHUNK
    workers: Annotated[int | None, Within(1, 4096, option="--workers")] = None
    restart: bool = False
    place: Place | None = None
    unasked: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        check_fields(self.paths)


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep, validated.

    Attributes
    ----------
    file, grid, plan, options
        What it is.
    data, fingerprint
        What it is made from, a hash for each part.
    asked
        What was asked for.
    kept
        Whether fitted models are looked up in the user's cache.
    """

    file: ScenarioFile
    grid: Grid
    plan: Plan
    options: Options
    data: Mapping[str, str]
    fingerprint: Mapping[str, str]
    asked: Asked
    kept: bool


def validated(asked: Asked, options: Options, progress: Progress, refit_cache: Keeper | None) -> Sweep:
    """Make every point of a sweep ready, and find out what has to be replayed.

    Raises
    ------
    UndertowError
        If the scenario, its data, a grid point or a plug-in cannot be used.
    """
    name_or_path, grid, data = asked.scenario, asked.grid, asked.data
    overrides, shocks, plugins = asked.overrides, asked.shocks, asked.plugins
    file = load(name_or_path, overrides, shocks, plugins)
    check_names(grid, file)
    markets: dict[str, MarketData] = {}
    models: dict[tuple[str, str], None] = {}  # stored ones, each checked once on its market
    heard = None if options.paths.refit else progress
    kept = None if options.paths.refit else refit_cache

    def scenario_at(point: tuple[str, ...]) -> Scenario:
        changed = load(name_or_path, [*overrides, *point], shocks, plugins)
        check(changed)
        refuse_opening(changed, "runs of a sweep")
        key = market_digest(changed)
        if key not in markets:
            markets[key] = load_market(changed, data)
        made = assemble(changed, markets[key], heard, kept)
        fresh = {name: saved for name, saved in stored(made.signals).items() if (key, saved.fingerprint) not in models}
        check_stored(fresh, made.market)
        models.update(dict.fromkeys((key, saved.fingerprint) for saved in fresh.values()))
        return made

    plan = make_plan(grid, scenario_at, lambda scenario: first_replayed(scenario, options.paths))
    if options.paths.count:
        for scenario in {job.world: plan.scenario(job) for job in plan.jobs}.values():
            Source(scenario, options.paths).paths  # noqa: B018 - refuses what paths cannot be drawn from
    prints = {f"market {number}": market.fingerprint() for number, market in enumerate(markets.values())}
    prints |= {f"stored model {number}": model for number, (_, model) in enumerate(models)}
    parts = fingerprint(file, grid, plan, options.paths, options.chunk, prints)
    return Sweep(file, grid, plan, options, prints, parts, asked, refit_cache is not None)


def chunks_of(one: Sweep) -> list[Chunk]:
    """How its work is cut."""
    return cut(one.plan, one.options.paths.count, one.options.chunk, one.options.paths.sessions)
