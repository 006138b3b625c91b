"""``undertow sweep``: what the command line says and does."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenarios.options import (
    add_backend,
    add_common,
    add_fresh,
    add_journal,
    data_of,
    place_of,
    refits_of,
    tries_of,
    usual_data,
)
from scenarios.stopping import left, stopped
from simulator.core.errors import ScenarioError
from simulator.core.names import slug

if TYPE_CHECKING:
    from .run import Share, Swept


def add_sweep(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    about = (
        "Run a scenario over a grid of its keys, and over paths that might have been. "
        "Interrupted, it goes on when repeated."
    )
    sweep = commands.add_parser("sweep", help="run a scenario over a grid and over paths", description=about)
    sweep.add_argument("scenario", nargs="?", metavar="NAME_OR_PATH", help="default: us-large-caps")
    sweep.add_argument(
        "--grid",
        action="append",
        default=[],
        metavar="key.path=a:b:n",
        help="vary one key: n values from a to b (a:b:n:log evenly in logs), or v1,v2,...; every combination is run",
    )
    sweep.add_argument("--paths", type=int, default=0, metavar="N", help="also run on N paths that might have been")
    sweep.add_argument("--block", type=int, metavar="N", help="mean block of bootstrapped paths, in sessions (63)")
    sweep.add_argument(
        "--generator",
        default="",
        metavar="KIND[:key=value,...]",
        help="what draws paths: bootstrap (default), circular, regimes, garch, jumps, conditional, splice",
    )
    sweep.add_argument(
        "--refit", action="store_true", help="refit models on every path; otherwise history's are applied"
    )
    sweep.add_argument("--chunk", type=int, default=256, metavar="N", help="runs a kill may lose at most (256)")
    sweep.add_argument("--workers", type=int, metavar="N", help="threads (one a core); the results do not depend on it")
    add_backend(sweep)
    sweep.add_argument(
        "--shard", metavar="k/n", help="compute the k-th of n shares, here or elsewhere, and leave it beside --out"
    )
    sweep.add_argument(
        "--merge", type=Path, metavar="DIR", help="write the report of shards that were given this folder as --out"
    )
    sweep.add_argument("--restart", action="store_true", help="throw away what an interrupted sweep has left")
    sweep.add_argument("--out", type=Path, metavar="DIR", help="where the report goes (default: out/NAME-sweep)")
    add_common(sweep)
    add_fresh(sweep)
    add_journal(sweep)
    sweep.add_argument("--quiet", action="store_true", help="no progress, only the table")


def run_sweep(given: argparse.Namespace) -> int:
    """Carry it out."""
    if given.merge is not None:
        return _merge(given)
    from scenarios.load import DEFAULT, load
    from scenarios.output import check_target
    from scenarios.progress import progressing

    from .grid import parse_grid
    from .run import sweep, sweep_shard
    from .shards import parse_shard, shard_folder
    from .store import work_folder
    from .validated import Options
    from .worlds import PathSettings

    shard = None if given.shard is None else parse_shard(given.shard)
    name = given.scenario or DEFAULT
    out = (
        given.out
        or Path("out") / f"{slug(load(name, given.overrides, given.shocks, given.plugins).scenario.name)}-sweep"
    )
    check_target(out, "sweep")
    paths = PathSettings(given.paths, given.block, given.refit, given.generator)
    options = Options(paths, given.chunk, given.workers, given.restart, place_of(given), given.backend is None)
    replayed: Any = sweep if shard is None else partial(sweep_shard, shard)
    try:
        with progressing(given.quiet) as progress:
            swept = replayed(
                name,
                parse_grid(given.grid, given.overrides),
                out,
                data=data_of(given),
                overrides=given.overrides,
                shocks=given.shocks,
                plugins=given.plugins,
                options=options,
                progress=progress,
                refit_cache=refits_of(given),
            )
    except KeyboardInterrupt as error:
        word, status = stopped(error)
        work = work_folder(out) if shard is None else shard_folder(out, shard)
        kept = f"the same command goes on from {work}" if work.exists() else left()
        print(f"undertow: {word}; {kept}", file=sys.stderr)
        return status
    if shard is not None:
        return _say_share(swept, out)
    return _say_swept(
        given, swept, out, "" if swept.computed else " (was finished already; --restart computes it anew)"
    )


def _merge(given: argparse.Namespace) -> int:
    from scenarios.progress import progressing

    from .run import merge

    given_too = {
        "a scenario": given.scenario,
        "--grid": given.grid,
        "--paths": given.paths,
        "--generator": given.generator,
        "--block": given.block,
        "--refit": given.refit,
        "--shard": given.shard,
        "--backend": given.backend,
        "--address": given.address,
        "--set": given.overrides,
        "--shock": given.shocks,
        "--plugins": given.plugins,
        "--out": given.out,
    }
    for option, value in given_too.items():
        if value:
            raise ScenarioError(f"--merge with {option}: the shards say what they are shares of; leave it out")
    with progressing(given.quiet) as progress:
        swept = merge(given.merge, data=given.data, usual=usual_data(), progress=progress)
    return _say_swept(given, swept, given.merge)


def _say_swept(given: argparse.Namespace, swept: Swept, out: Path, before: str = "") -> int:
    from .table import as_text

    print(as_text(swept.shown))
    tries = tries_of(given, swept.report.name)
    known = tries.keep_sweep(swept) if tries is not None else ""
    if known:
        print(known)
    for fault in swept.mended:
        print(f"undertow: {out}: {fault}; it was written again from the results", file=sys.stderr)
    print(f"\nreport: {out / 'index.html'}{before}")
    return 0


def _say_share(share: Share, out: Path) -> int:
    if not share.chunks:
        fewer = f"the sweep is cut into {share.all_chunks:,}, fewer than shards; a smaller --chunk cuts it finer"
        print(f"shard {share.shard}: has no chunk of its own: {fewer}")
    else:
        print(
            f"shard {share.shard}: its {share.chunks:,} of {share.all_chunks:,} chunks are finished; "
            f"{share.computed:,} runs computed now"
        )
    print(f"when all are: undertow sweep --merge {out}")
    return 0
