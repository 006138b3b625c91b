"""Sweeps: a scenario over a grid of its keys and over paths, chunk by chunk, safe against a kill."""

from .grid import Axis, Grid, parse_axis, parse_grid
from .run import Options, Share, Swept, merge, sweep, sweep_shard
from .shards import Shard, parse_shard, shard_folder
from .store import work_folder
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
