"""Which of a scenario's classes are the user's own, and the files they come from."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .build import Scenario


def made_of(policy: Any) -> Iterator[Any]:
    """A policy, the one it stands on, and the parts of both; of one of the user's own nothing further is known."""
    yield policy
    if not is_ours(policy):
        return
    kept = vars(policy)  # what it holds, and no method that has such a name
    inner = [kept.get(key) for key in ("base", "overlay", "holdings", "when")]
    for part in [*inner, *kept.get("overlays", ()), *kept.get("triggers", ())]:
        if part is not None:
            yield from made_of(part)


def is_ours(plugin: Any) -> bool:
    """Whether an object's class comes with Undertow, and is known to be pure."""
    return type(plugin).__module__.partition(".")[0] in {"signals", "strategies", "simulator", "scenarios"}


def own_sources(scenarios: Iterable[Scenario]) -> dict[str, str]:
    """SHA-256 of every file that a class of the user's own comes from, by class."""
    return {called: hashlib.sha256(path.read_bytes()).hexdigest() for called, path in _own_files(scenarios)}


def beside_own(scenario: Scenario) -> dict[str, str]:
    """SHA-256 of every Python file that lies beside those: what they import may have changed."""
    folders = sorted({path.parent for _, path in _own_files([scenario])})
    files = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _own_files(scenarios: Iterable[Scenario]) -> Iterator[tuple[str, Path]]:
    for own in {id(plugin): plugin for scenario in scenarios for plugin in _plugins(scenario)}.values():
        cls = own if inspect.isfunction(own) else type(own)
        source = None if is_ours(own) else inspect.getsourcefile(cls)
        if source is not None:
            yield f"{cls.__module__}:{cls.__qualname__}", Path(source)


def _plugins(scenario: Scenario) -> Iterator[Any]:
    for policy in scenario.policies.values():
        yield from made_of(policy)
    yield from scenario.signals.values()
    yield from scenario.shocks
    yield scenario.costs
