"""Sweeps: a scenario over a grid of its keys and over paths, chunk by chunk, safe against a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator._lazy import on_first_use

if TYPE_CHECKING:
    from .grid import Axis, Grid, parse_axis, parse_grid
    from .run import Share, Swept, merge, sweep, sweep_shard
    from .shards import Shard, parse_shard, shard_folder
    from .store import work_folder
    from .validated import Options
    from .worlds import PathSettings

__all__ = [
    "Axis",
    "Grid",
    "Options",
    "PathSettings",
    "Shard",
    "Share",
    "Swept",
    "merge",
    "parse_axis",
    "parse_grid",
    "parse_shard",
    "shard_folder",
    "sweep",
    "sweep_shard",
    "work_folder",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "Axis": "grid",
        "Grid": "grid",
        "merge": "run",
        "Options": "validated",
        "parse_axis": "grid",
        "parse_grid": "grid",
        "parse_shard": "shards",
        "PathSettings": "worlds",
        "Shard": "shards",
        "shard_folder": "shards",
        "Share": "run",
        "sweep": "run",
        "sweep_shard": "run",
        "Swept": "run",
        "work_folder": "store",
    },
)
