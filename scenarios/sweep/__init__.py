"""Sweeps: a scenario over a grid of its keys and over paths, chunk by chunk, safe against a kill."""

from .grid import Axis, Grid, parse_axis, parse_grid
from .run import Options, Swept, sweep
from .store import work_folder
from .worlds import PathSettings

__all__ = [
    "Axis",
    "Grid",
    "Options",
    "PathSettings",
    "Swept",
    "parse_axis",
    "parse_grid",
    "sweep",
    "work_folder",
]
