"""What a sweep is made from: equal fingerprints promise equal results."""

from __future__ import annotations

from collections.abc import Mapping

from reports.manifest import source_hash, versions
from scenarios.own_sources import own_sources
from scenarios.schema import ScenarioFile

from .grid import Grid
from .jobs import Plan, digest
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
        "code": digest([source_hash(), versions(), own_sources(plan.scenarios)]),
    }
