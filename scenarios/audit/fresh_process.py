"""A replay in a process that has never seen the future: what a plug-in's module remembers cannot be of help there."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np

from scenarios.build import assemble
from scenarios.schema import ScenarioFile
from scenarios.shocks import World
from simulator.core.errors import ScenarioError
from simulator.core.market import MarketData

from .observe import observe
from .tables import Observation


def observe_elsewhere(file: ScenarioFile, market: MarketData, world: World, start: np.datetime64) -> Observation:
    """Run a scenario over a world that has ended, in a process of its own.

    Parameters
    ----------
    file
        The scenario.
    market
        The market before shocks, as it ends.
    world
        The shocked world, as it ends there too.
    start
        The first session of every policy.

    Raises
    ------
    ScenarioError
        If the process fails as a whole; what a plug-in raises is the error of its component, as in any replay.
    """
    asked = pickle.dumps((_ending(file, world), market, world, start))
    command = [sys.executable, "-P", "-c", "from scenarios.audit.fresh_process import serve; serve()"]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        command, input=asked, env=_environment(), capture_output=True, check=False
    )
    if done.returncode != 0 or not done.stdout:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
        raise ScenarioError(f"audit: the replay in a process of its own failed: {last}")
    observation: Observation = pickle.loads(done.stdout)  # noqa: S301 - written by our own child
    return observation


def _ending(file: ScenarioFile, world: World) -> ScenarioFile:
    """The file of a history that ends with the world: no later end, no later flow."""
    last: date = world.market.sessions[-1].astype(object)
    section = file.scenario
    end = last if section.end is None or section.end > last else section.end
    changes = {
        "scenario": section.model_copy(update={"end": end}),
        "flows": [flow for flow in file.flows if flow.date is None or flow.date <= last],
    }
    return file.model_copy(update=changes)


def _environment() -> dict[str, str]:
    """Where the child finds us."""
    home = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH")]))}


def serve() -> None:
    """Answer the question on standard input, on standard output: files would outlive a kill."""
    file, market, world, start = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - written by our own parent
    with os.fdopen(os.dup(1), "wb") as answer:
        os.dup2(2, 1)  # what a plug-in prints is not an answer
        answer.write(pickle.dumps(observe(assemble(file, market), [world], start).components))
