"""``python -m tests.benchmarks.scale [PART...]``: where it breaks first, each size in a process of its own.

Time is elapsed and processor time; memory is the peak of the process, interpreter, imports and market included.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from reports import write_ledger
from reports.sweep import METRICS
from scenarios.progress import Silent
from scenarios.refits import UsersRefits
from scenarios.sweep import Options, PathSettings, parse_grid, sweep
from scenarios.sweep.compute import Computer
from scenarios.sweep.shards import Asked
from scenarios.sweep.store import Store, work_folder
from scenarios.sweep.validated import chunks_of, validated
from simulator import AlmgrenChriss, MarketData, prepare, prepare_many
from simulator.features import absorption_ratio
from simulator.features.build import panel
from strategies import EqualWeight, ThresholdBand
from tests.support import data_folder
from tests.sweeping import write_small

from .fresh import peak_megabytes
from .table import digits, table

#: Ten assets and five policies, one on a stress forecast; needs the shared data.
TEN = Path(__file__).with_name("ten.toml")
PLAIN = AlmgrenChriss(half_spread_bps=10.0, eta=0.0, gamma=0.0)


def market(sessions: int, assets: int, ranges: bool = False) -> MarketData:
    """A random walk of closes, with ranges and volumes where they are asked for."""
    rng = np.random.default_rng(0)
    close = 50.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, (sessions, assets)), axis=0))
    index = np.datetime64("1900-01-01") + np.arange(sessions)
    index = pd.DatetimeIndex(index) if sessions > 20_000 else pd.bdate_range("1960-01-04", periods=sessions)
    names = [f"A{i}" for i in range(assets)]

    def frame(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, index, names)

    more = {}
    if ranges:
        wide = np.abs(rng.normal(0.0, 0.005, close.shape))
        more = {"open": frame(close), "high": frame(close * (1.0 + wide)), "low": frame(close * (1.0 - wide))}
        more["volume"] = frame(1e6 * rng.lognormal(0.0, 0.5, close.shape))
    return MarketData.from_frames(frame(close), **more)


def sessions(count: int) -> Callable[[], object]:
    """One band on ten assets."""
    names = [f"A{i}" for i in range(10)]
    policy = ThresholdBand(dict.fromkeys(names, 0.098), 0.05)
    return prepare(market(count, 10), policy, costs=PLAIN, liquidity=False).run


def assets(count: int) -> Callable[[], object]:
    """Equal weights every 21 of 2,520 sessions, nav alone."""
    run = prepare(market(2520, count), EqualWeight(every=21), costs=PLAIN, liquidity=False)
    return lambda: run.run("nav")


def policies(count: int) -> Callable[[], object]:
    """Bands on ten assets and 5,040 sessions."""
    names = [f"A{i}" for i in range(10)]
    bands = {f"p{k}": ThresholdBand(dict.fromkeys(names, 0.098), 0.2 * (k + 1) / count) for k in range(count)}
    return prepare_many(market(5040, 10), bands, costs=PLAIN, liquidity=False).run


def events(count: int) -> Callable[[], object]:
    """The assets' run with everything kept, and its ledger written."""
    run = prepare(market(2520, count), EqualWeight(every=21), costs=PLAIN, liquidity=False, initial_cash=1e9)

    def whole() -> None:
        with tempfile.TemporaryDirectory() as folder:
            write_ledger(run.run("full"), "p", Path(folder))

    return whole


def features(count: int) -> Callable[[], object]:
    """Every feature of 2,520 sessions."""
    work = market(2520, count, ranges=True)
    return lambda: panel(work)


def absorption(count: int) -> Callable[[], object]:
    """The absorption ratio of 2,520 sessions."""
    returns = np.diff(np.log(market(2521, count).close), axis=0)
    return lambda: absorption_ratio(returns)


def results(count: int) -> Callable[[], object]:
    """So many rows of a sweep put together from chunks that are finished: results, quantiles over paths, page."""
    folder = tempfile.TemporaryDirectory()
    home = Path(folder.name)
    file, out = write_small(home), home / "out"
    grid = parse_grid(["policies.threshold.band=0.01:0.2:20"])  # three policies: 60 rows a path, of 41 that differ
    options = Options(PathSettings(count // 60 - 1), chunk=4096)
    asked = Asked(str(file), grid, home / "data", (), (), (), options.paths, options.chunk)
    one, rng = validated(asked, options, Silent(), None), np.random.default_rng(0)
    with Store(work_folder(out), one.fingerprint) as store:
        for chunk in chunks_of(one):
            store.write(chunk, rng.normal(size=(len(chunk.jobs), len(chunk.paths), len(METRICS))))

    def put_together() -> None:
        with folder:
            assert sweep(str(file), grid, out, data=home / "data", options=options).computed == 0

    return put_together


def paths(count: int) -> Callable[[], object]:
    """Bootstrapped paths of five years with five policies and ten assets, on one worker; models are fitted before."""
    options = Options(PathSettings(count, generator="bootstrap:sessions=1768"), workers=1)
    asked = Asked(str(TEN), parse_grid([]), data_folder(), (), (), (), options.paths, options.chunk)
    one = validated(asked, options, Silent(), UsersRefits())
    computer, (first, *rest) = Computer(one.plan, options.paths, 1), chunks_of(one)
    computer.figures(first, _unheard)

    def whole() -> None:
        for chunk in rest:
            computer.figures(chunk, _unheard)

    return whole


def _unheard(_: int) -> None:
    """Nobody waits for a run."""


#: By what grows: what is run, and its sizes.
PARTS: dict[str, tuple[Callable[[int], Callable[[], object]], tuple[int, ...]]] = {
    "sessions": (sessions, (5_040, 25_200, 60_000)),
    "assets": (assets, (500, 2_000, 10_000)),
    "policies": (policies, (1_000, 10_000)),
    "events": (events, (500, 2_000, 10_000)),
    "features": (features, (50, 200, 500)),
    "absorption": (absorption, (50, 200, 500)),
    "results": (results, (100_000, 1_000_000)),
    "paths": (paths, (160, 640)),
}

#: Sizes that take minutes or gigabytes: measured only when they are asked for.
HEAVY = 10_000


def measure(part: str, size: int) -> dict[str, float]:
    """Seconds and gigabytes of one size, compiled beforehand."""
    make, sizes = PARTS[part]
    if part not in ("features", "absorption", "paths"):
        make(min(sizes) // 10)()
    run = make(size)
    before, elapsed, processor = peak_megabytes(), time.perf_counter(), time.process_time()
    run()
    taken = {"seconds": time.perf_counter() - elapsed, "processor": time.process_time() - processor}
    return {**taken, "peak": peak_megabytes() / 1e3, "ready": before / 1e3}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every size of the parts asked for, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description="Where it breaks first.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}; all by default")
    parser.add_argument("--heavy", action="store_true", help="the largest sizes too: minutes, and gigabytes")
    parser.add_argument("--size", type=int, help="one size alone, in this process, as a line of JSON")
    given = parser.parse_args(arguments)
    if unknown := set(given.parts) - set(PARTS):
        parser.error(f"no part {min(unknown)!r}: choose from {', '.join(PARTS)}")
    if given.size:
        print(json.dumps(measure(given.parts[0], given.size)))
        return
    body = []
    for part in given.parts or PARTS:
        for size in PARTS[part][1]:
            if size == HEAVY and not given.heavy:
                continue
            found = _apart(part, size)
            figures = (f"{digits(found[name])} {unit}" for name, unit in UNITS.items())
            body.append((part, f"{size:,}", *figures))
            print(*body[-1], file=sys.stderr, flush=True)
    print(table(("what grows", "to", *UNITS), body, left_columns=(0,)))


UNITS = {"seconds": "s", "processor": "s", "ready": "GB", "peak": "GB"}


def _apart(part: str, size: int) -> dict[str, float]:
    command = [sys.executable, "-m", f"{__package__}.scale", part, "--size", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
