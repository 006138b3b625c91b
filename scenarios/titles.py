"""What people read in place of names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .schema import ScenarioFile


@dataclass(frozen=True)
class Titles:
    """Titles of a scenario, and of its policies and signals by name; a name without one stands for itself."""

    scenario: str
    policies: Mapping[str, str]
    signals: Mapping[str, str]


def titles(file: ScenarioFile) -> Titles:
    """The titles of a scenario."""
    section = file.scenario
    return Titles(section.title or section.name, _distinct(file.policies), _distinct(file.signals))


def _distinct(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Titles by name; where two share one, or one is the name of another, the name follows in brackets."""
    said = {name: str(table.get("title", name)) for name, table in tables.items()}
    times = Counter(said.values())
    return {name: text if times[text] == 1 or text == name else f"{text} ({name})" for name, text in said.items()}
