"""What a sweep is made from: equal fingerprints promise equal results."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from reports.manifest import source_hash, versions
from scenarios.build import Scenario
from scenarios.schema import ScenarioFile

from .grid import Grid
from .jobs import Plan, digest, is_ours, made_of
from .worlds import PathSettings


def fingerprint(
    file: ScenarioFile, grid: Grid, plan: Plan, settings: PathSettings, chunk: int, data: Mapping[str, str]
) -> dict[str, str]:
    """A hash for each part: scenario, grid, paths, chunk size, data, code.

    Parameters
    ----------
    file
        The scenario before the grid.
    grid, plan, settings, chunk
        The sweep.
    data
        Fingerprints of the markets.
    """
    return {
        "scenario": digest(file.model_dump()),
        "grid": digest([[axis.key, axis.texts] for axis in grid.axes]),
        "paths": digest(settings.plain),
        "chunk": str(chunk),
        "data": digest(dict(data)),
        "code": digest([source_hash(), versions(), _plugin_sources(plan)]),
    }


def _plugin_sources(plan: Plan) -> dict[str, str]:
    """SHA-256 of every file that a class of the user's own comes from."""
    hashes = {}
    for own in {id(plugin): plugin for scenario in plan.scenarios for plugin in _plugins(scenario)}.values():
        cls = own if inspect.isfunction(own) else type(own)
        source = None if is_ours(own) else inspect.getsourcefile(cls)
        if source is not None:
            hashes[f"{cls.__module__}:{cls.__qualname__}"] = hashlib.sha256(Path(source).read_bytes()).hexdigest()
    return hashes


def _plugins(scenario: Scenario) -> Iterator[Any]:
    for policy in scenario.policies.values():
        yield from made_of(policy)
    yield from scenario.signals.values()
    yield from scenario.shocks
    yield scenario.costs
