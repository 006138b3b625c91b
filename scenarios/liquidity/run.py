"""From a scenario, a policy and a day to everything the page on its liquidity shows, as plain data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.files import as_json
from reports.liquidity import write_liquidity
from reports.manifest import manifest
from scenarios.build import Scenario, build
from scenarios.days import session_at
from scenarios.notices import Replayed, notices
from scenarios.output import staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.runner import common_start, compute_signals, prepared, struck
from scenarios.schema import ScenarioFile
from scenarios.shock_effect import check_shocks
from scenarios.stored import fingerprints
from scenarios.titles import titles
from simulator.core.errors import ScenarioError, nearest
from simulator.core.files import write
from simulator.core.names import quoted
from simulator.core.protocols import Planned
from simulator.data import foreknown
from simulator.engine import RunResult
from simulator.engine.signals import signal_names

from .day import told_of

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper


def liquidity_of_day(
    file: ScenarioFile,
    out: Path,
    policy: str | None = None,
    day: str | None = None,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> dict[str, Any]:
    """Write the page on the liquidity of a policy's book on one day to ``out``; return what it shows.

    ``policy`` is the benchmark unless stated, ``day`` the last session of the run.

    Raises
    ------
    UndertowError
        If the scenario cannot be used, there is no such policy, the day is no session of the run, or the market has no
        volumes.
    """
    progress = progress or Silent()
    name = file.scenario.benchmark if policy is None else policy
    if name not in file.policies:
        raise ScenarioError(f"--policy: no policy {quoted(name)}{nearest(name, file.policies)}")
    scenario = build(file, data, progress, refit_cache)
    result = replayed(scenario, name, progress)
    row = row_of(result, day)
    run = result.run
    asked = {"liquidity": {"policy": name, "date": str(result.sessions[row])}, **resolved(file)}
    told = {
        "scenario": file.scenario.name,
        "policy": name,
        "foreknown": foreknown(run.observed),
        "notices": list(notices(Replayed(scenario, run.market, run.start, run.stop, {name: result}))),
        **told_of(result, row),
    }
    with staged(out, "liquidity") as stage:
        write(stage / "liquidity.json", as_json(told))
        called = titles(file)
        shown = {**told, "scenario": called.scenario, "policy": called.policies[name]}
        write_liquidity(shown, stage / "index.html")
        prints = {"market": run.market.fingerprint(), **fingerprints(scenario.signals)}
        write(stage / "manifest.json", as_json(manifest(asked, prints, file.scenario.seed)))
    return told


def replayed(scenario: Scenario, name: str, progress: Progress) -> RunResult:
    """The one policy, over the sessions on which all of the scenario are replayed."""
    worlds = struck(scenario, scenario.market)
    world, start = worlds[-1], common_start(scenario, worlds[-1])
    check_shocks(scenario, worlds, start)
    policy = scenario.policies[name]
    named = signal_names(policy)
    wanted = named if named or isinstance(policy, Planned) else tuple(scenario.signals)
    signals = {label: signal for label, signal in scenario.signals.items() if label in wanted}
    panels = compute_signals(replace(scenario, signals=signals), world, progress)
    return prepared(scenario, world, panels, name, policy, start).run()


def row_of(result: RunResult, day: str | None) -> int:
    """Position of a session of the run; the last without a day."""
    return len(result.sessions) - 1 if day is None else session_at(result.sessions, day, "--date", "the run")
