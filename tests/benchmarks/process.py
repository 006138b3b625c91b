"""Measurements that need a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass

from . import targets
from .targets import Target


@dataclass(frozen=True)
class Fresh:
    """One figure of a new process; ``processor`` is the processor time of one that is a time, seconds."""

    what: str
    value: float
    processor: float | None
    unit: str
    target: str
    verdict: str


def measure(rounds: int = 5) -> list[Fresh]:
    """Memory, first calls, compilation."""
    memory = _run("memory")
    with tempfile.TemporaryDirectory() as folder:
        cold = _run("compile", {"UNDERTOW_CACHE_DIR": folder})
    firsts = [_run("first") for _ in range(rounds + 1)][1:]  # the one before them fills the cache
    first = {name: min(first[name] for first in firsts) for name in firsts[0]}
    return [
        _figure("memory of W3 above the interpreter with imports", memory, "above", "MB", targets.MEMORY),
        _figure("first simulate() of a process, cache warm", first, "simulate", "s", targets.FIRST_CALL),
        _figure("first simulate_many() after it", first, "simulate_many", "s", targets.FIRST_CALL),
        _figure("compiling all the default scenario needs", cold, "compilation", "s", targets.COMPILATION),
    ]


def _figure(what: str, found: Mapping[str, float], name: str, unit: str, target: Target) -> Fresh:
    value = found[name]
    return Fresh(what, value, found.get(f"{name} processor"), unit, str(target), target.verdict(value))


def _run(what: str, environment: Mapping[str, str] | None = None) -> dict[str, float]:
    command = [sys.executable, "-m", f"{__package__}.fresh", what]
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])
