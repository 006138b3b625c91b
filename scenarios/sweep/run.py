"""Running a sweep: plan, chunks, results, report."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from reports.files import as_json
from reports.manifest import manifest
from reports.sweep import SweepReport
from reports.sweep_page import write_sweep_page
from scenarios.cluster import Place
from scenarios.output import check_target, put_in_place, staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.runner import followed_signals
from scenarios.schema import ScenarioFile
from scenarios.titles import titles
from scenarios.verify import check_file, faults
from simulator.core.errors import ScenarioError
from simulator.core.files import make_folder, sync_folder, write_whole
from simulator.core.folders import read_mark, tidy, writing
from simulator.core.protocols import Freezable

from .chunks import Chunk
from .compute import Computer
from .figures import Figures, distribution
from .grid import Grid
from .jobs import Plan
from .report import make_report, summary
from .results import RESULTS, read_results, result_files, write_results
from .shards import Asked, Shard, check_same, found_shards, gathered, leave, shard_folder
from .store import KIND, Store, discard, roomy, work_folder
from .validated import Options, Sweep, chunks_of, validated

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

#: Runs that take threads as long as processes, which take some six seconds to begin.
_WORTH_PROCESSES: Final = 4_000


@dataclass(frozen=True, eq=False)
class Swept:
    """What a sweep came to.

    Attributes
    ----------
    report
        Everything its page shows, by name.
    shown
        The same for people to read: titles in place of names.
    computed
        Runs replayed by this call; the others were finished before.
    plan
        What there was to replay.
    mended
        What was wrong with the folder of a sweep finished before, a line each; its results were whole, and the rest
        was written again.
    """

    report: SweepReport
    shown: SweepReport
    computed: int
    plan: Plan
    mended: Sequence[str] = ()


@dataclass(frozen=True)
class Share:
    """What a shard came to.

    Attributes
    ----------
    shard
        Which it is.
    chunks, all_chunks
        Its own, and those of the whole sweep.
    computed
        Runs replayed by this call; the others were finished before.
    """

    shard: Shard
    chunks: int
    all_chunks: int
    computed: int


def sweep(
    name_or_path: str,
    grid: Grid,
    out: Path,
    *,
    data: Path | None = None,
    overrides: Sequence[str] = (),
    shocks: Sequence[str] = (),
    plugins: Sequence[Path] = (),
    options: Options | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> Swept:
    """Replay every policy at every point of a grid on every path, and write the report to ``out``.

    Finished chunks are kept beside ``out`` until all are there: the same call after a kill goes on where that one
    stopped, and its results are the same bytes. Models fitted on history are looked up in ``refit_cache``, those
    refitted on paths are not: each is met once.

    Raises
    ------
    UndertowError
        If the scenario, its data, a grid point or a plug-in cannot be used, or another sweep lies in the way.
    """
    options, progress = options or Options(), progress or Silent()
    asked = _asked(name_or_path, grid, data, (overrides, shocks, plugins), options)
    check_target(out, KIND)
    one = validated(asked, options, progress, refit_cache)
    tidy(out)
    if _finished(out, one.fingerprint) and not options.restart:
        discard(work_folder(out))
        return _again(one, out)
    with writing(out), roomy(work_folder(out)), Store(work_folder(out), one.fingerprint, options.restart) as store:
        computed = _compute(one, store, chunks_of(one), progress)
        with _figures(one, out) as figures:
            for chunk in chunks_of(one):
                figures.put(chunk.jobs, chunk.paths, store.read(chunk))
            report = _put(one, figures, store, out)
        store.discard()
    return Swept(report, _titled(report, one.file), computed, one.plan)


def sweep_shard(
    shard: Shard,
    name_or_path: str,
    grid: Grid,
    out: Path,
    *,
    data: Path | None = None,
    overrides: Sequence[str] = (),
    shocks: Sequence[str] = (),
    plugins: Sequence[Path] = (),
    options: Options | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> Share:
    """Replay one share of a sweep, on this machine or another that sees the folder of ``out``; :func:`merge` ends it.

    Everything but ``shard`` is as for :func:`sweep`. The same call after a kill goes on where that one stopped.

    Raises
    ------
    UndertowError
        As :func:`sweep` does.
    """
    options, progress = options or Options(), progress or Silent()
    asked = _asked(name_or_path, grid, data, (overrides, shocks, plugins), options)
    check_target(out, KIND)
    one = validated(asked, options, progress, refit_cache)
    chunks = chunks_of(one)
    share, folder = shard.share(chunks), shard_folder(out, shard)
    computed = 0
    if share:
        with roomy(folder), Store(folder, one.fingerprint, options.restart) as store:
            asked.keep(folder)
            computed = _compute(one, store, share, progress)
    return Share(shard, len(share), len(chunks), computed)


def merge(out: Path, *, data: Path | None = None, usual: Path | None = None, progress: Progress | None = None) -> Swept:
    """Write the report of a sweep whose shards are finished: the bytes that :func:`sweep` would have written.

    Parameters
    ----------
    out
        What every shard was given.
    data
        Where the data lie here, if not where the first shard found them.
    usual
        Where they are looked for if that folder is not there, as on another machine.
    progress
        Hears what is being done.

    Raises
    ------
    UndertowError
        If a shard is missing, not finished, or of another sweep.
    """
    check_target(out, KIND)
    folders = found_shards(out)
    asked = Asked.read(next(iter(folders.values())))
    asked = replace(asked, data=_data_here(asked, data, usual))
    one = validated(asked, Options(asked.paths, asked.chunk), progress or Silent(), None)
    check_same(folders, one.fingerprint)
    tidy(out)
    if _finished(out, one.fingerprint):
        swept = _again(one, out)
    else:
        first = next(iter(folders.values()))
        with writing(out), roomy(first), _figures(one, out) as figures:
            gathered(folders, one.fingerprint, chunks_of(one), figures)
            with Store(first, one.fingerprint, keep=True) as store:
                report = _put(one, figures, store, out)
        swept = Swept(report, _titled(report, one.file), 0, one.plan)
    for folder in folders.values():
        discard(folder)
    leave(out)
    return swept


def _data_here(asked: Asked, stated: Path | None, usual: Path | None) -> Path | None:
    """The folder of the data of some shards: as stated now, else theirs; where that is not here, the usual one."""
    if stated is not None:
        return stated
    return usual if asked.data is not None and usual is not None and not asked.data.is_dir() else asked.data


def _asked(
    name_or_path: str,
    grid: Grid,
    data: Path | None,
    given: tuple[Sequence[str], Sequence[str], Sequence[Path]],
    options: Options,
) -> Asked:
    if not grid.axes and options.paths.count == 0:
        raise ScenarioError("sweep: nothing to vary: give --grid key.path=v1,v2 or --paths N")
    overrides, shocks, plugins = given
    return Asked(
        name_or_path, grid, data, tuple(overrides), tuple(shocks), tuple(plugins), options.paths, options.chunk
    )


def _again(one: Sweep, out: Path) -> Swept:
    """What a sweep that was finished before came to."""
    with roomy(out), _figures(one, out) as figures:
        _read(one, out, figures)
        report = _report(one, figures)
        return Swept(report, _titled(report, one.file), 0, one.plan, _mended(one, report, figures, out))


def _put(one: Sweep, figures: Figures, store: Store, out: Path) -> SweepReport:
    """Write the report beside the chunks, then in its place."""
    report = _report(one, figures)
    stage = store.folder / "report"
    shutil.rmtree(stage, ignore_errors=True)
    make_folder(stage)
    _write(one, report, figures, stage)
    put_in_place(stage, out, KIND)
    sync_folder(out.parent)
    return report


def _compute(one: Sweep, store: Store, chunks: Sequence[Chunk], progress: Progress) -> int:
    """Replay those of some chunks that are missing; return how many runs that took."""
    options = one.options
    there = store.finished(chunks)
    total = sum(chunk.runs for chunk in chunks)
    done = before = sum(chunk.runs for chunk in chunks if chunk.number in there)
    progress("runs", done, total)
    missing = [chunk for chunk in chunks if chunk.number not in there]
    place = options.place or own_processes(one, total - before)
    if place is not None and missing:
        from .remote import computed_on

        for chunk, figures in computed_on(place, one, missing, progress.say):
            store.write(chunk, figures)
            done += chunk.runs
            progress("runs", done, total)
        return done - before
    computer = Computer(one.plan, options.paths, options.workers or os.cpu_count() or 1)
    for chunk in missing:
        store.write(chunk, computer.figures(chunk, _heard(progress, done, total)))
        done += chunk.runs
        progress("runs", done, total)
    return done - before


def own_processes(one: Sweep, runs: int) -> Place | None:
    """Processes of this machine for a long sweep in which a signal learns; ``None`` where threads do as well.

    Much of what such a signal takes is Python, in which threads take turns; a process takes some seconds to begin. The
    user's own policies stay in this process unless another place is asked for.
    """
    options = one.options
    workers = options.workers or os.cpu_count() or 1
    learns = any(
        isinstance(signal, Freezable)
        for scenario in one.plan.scenarios
        for signal in followed_signals(scenario).values()
    )
    worth = options.unasked and workers > 1 and runs >= _WORTH_PROCESSES and one.options.paths.count > 0
    return Place("processes", None, workers) if worth and learns and one.plan.read is not None else None


def _heard(progress: Progress, done: int, total: int) -> Callable[[int], None]:
    return lambda runs: progress("runs", min(done + runs, total - 1), total)


def _figures(one: Sweep, out: Path) -> Figures:
    """Where those of all chunks are put together: on the disk that the report goes to."""
    return Figures(out.parent, len(one.plan.jobs), one.options.paths.count + 1)


def _mended(one: Sweep, report: SweepReport, figures: Figures, out: Path) -> list[str]:
    """What is wrong with a finished folder besides its results; then it is written again."""
    wrong = faults(out)
    if wrong:
        with staged(out, KIND) as stage:
            _write(one, report, figures, stage.path)
    return wrong


def _read(one: Sweep, out: Path, figures: Figures) -> None:
    """Put the figures of a finished sweep together."""
    try:
        for name in result_files(one.plan.answers.size, figures.paths):
            check_file(out, name)
    except ScenarioError as error:
        raise ScenarioError(f"{error}; --restart computes it anew") from None
    read_results(out, one.plan.answers, figures)


def _finished(out: Path, parts: Mapping[str, str]) -> bool:
    """Whether ``out`` holds this very sweep."""
    mark = read_mark(out)
    if mark is None or mark.kind != KIND:
        return False
    try:
        there = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    made = there.get("sweep", {}).get("fingerprint") if isinstance(there, dict) else None
    return made == dict(parts) and (out / RESULTS).exists()


def _report(one: Sweep, figures: Figures) -> SweepReport:
    return make_report(one.file, one.plan, one.options.paths, distribution(figures))


def _write(one: Sweep, report: SweepReport, figures: Figures, stage: Path) -> None:
    write_results(one.grid, one.plan.policies, one.plan.answers, figures, stage)
    write_sweep_page(_titled(report, one.file), stage / "index.html")
    write_whole(stage / "metrics.json", as_json(summary(report)), lasting=True)
    write_whole(stage / "manifest.json", as_json(_manifest(one)), lasting=True)


def _titled(report: SweepReport, file: ScenarioFile) -> SweepReport:
    """The same for people to read: titles in place of names."""
    called = titles(file)
    return replace(
        report,
        name=called.scenario,
        policies=[called.policies[name] for name in report.policies],
        trials=[trial._replace(policy=called.policies[trial.policy]) for trial in report.trials],
        explained=None if report.explained is None else report.explained.titled(called.policies),
    )


def _manifest(one: Sweep) -> dict[str, Any]:
    paths = one.options.paths
    return {
        **manifest(resolved(one.file), one.data, one.file.scenario.seed),
        "sweep": {
            "grid": {axis.key: list(axis.texts) for axis in one.grid.axes},
            "paths": paths.count,
            "mean_block": paths.plain[1],
            "refit": paths.refit,
            **({"generator": paths.generator} if paths.generator else {}),
            "fingerprint": dict(one.fingerprint),
        },
    }
