"""The grid of a sweep: axes of key=values, and every combination of them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import numpy as np

from scenarios.load import EVERY, parse_value, split_setting, steps_of
from simulator.core.errors import ScenarioError, shown

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"(?P<first>{_NUMBER}):(?P<last>{_NUMBER}):(?P<count>\d+)(?::(?P<spacing>log|linear))?")
_LOOKS_LIKE_RANGE = re.compile(rf"{_NUMBER}:.*")
_MOST_POINTS: Final = 1_000_000
_DIGITS: Final = 12  # of a value within a range: 0.015, not 0.015000000000000003
_NO_AXIS: Final = {"scenario.name", "scenario.title", "scenario.description", "scenario.extends", "scenario.benchmark"}

Value = str | float | int | bool | date | list[Any] | dict[str, Any]


@dataclass(frozen=True)
class Axis:
    """One key of the scenario and the values it takes, as ``--set`` would write them."""

    key: str
    texts: tuple[str, ...]

    @property
    def values(self) -> tuple[Value, ...]:
        """The values themselves."""
        return tuple(parse_value(text) for text in self.texts)

    @property
    def settings(self) -> tuple[str, ...]:
        """One override for each value."""
        return tuple(f"{self.key}={text}" for text in self.texts)


@dataclass(frozen=True)
class Grid:
    """Axes; a point takes one value of each. The last axis varies fastest."""

    axes: tuple[Axis, ...]

    def __len__(self) -> int:
        """Number of points: one where there is no axis."""
        return int(np.prod([len(axis.texts) for axis in self.axes], dtype=np.int64))

    @cached_property
    def points(self) -> list[tuple[str, ...]]:
        """Every point as overrides, one for each axis."""
        return list(itertools.product(*(axis.settings for axis in self.axes)))

    def positions(self) -> np.ndarray:
        """(points, axes) which value of each axis a point takes."""
        sizes = [range(len(axis.texts)) for axis in self.axes]
        return np.array(list(itertools.product(*sizes)), np.int64).reshape(len(self), len(self.axes))


def parse_grid(texts: Iterable[str], overrides: Sequence[str] = ()) -> Grid:
    """The grid of some ``--grid`` options.

    Parameters
    ----------
    texts
        ``key.path=a:b:n`` (n values from a to b, both included), ``key.path=a:b:n:log`` (evenly spaced in logs), or
        ``key.path=v1,v2,...`` each.
    overrides
        The ``--set`` options beside them, which may not set the same keys.

    Raises
    ------
    ScenarioError
        Naming the option that cannot be used.
    """
    axes = [parse_axis(text) for text in texts]
    taken = [split_setting(text)[0] for text in overrides]
    for number, axis in enumerate(axes):
        for other in [axis.key for axis in axes[:number]]:
            if _overlap(axis.key, other):
                raise ScenarioError(f"--grid {axis.key}: --grid {other} sets it too; give each key once")
        if any(_overlap(axis.key, key) for key in taken):
            raise ScenarioError(f"--grid {axis.key}: --set gives it a value too; drop one of them")
    points = math.prod(len(axis.texts) for axis in axes)
    if points > _MOST_POINTS:
        raise ScenarioError(f"--grid: {points:,} points are more than {_MOST_POINTS:,}; take fewer values")
    return Grid(tuple(axes))


def _overlap(key: str, other: str) -> bool:
    shared = list(zip(steps_of(key), steps_of(other), strict=False))
    return all(one == two or EVERY in (one, two) for one, two in shared)


def parse_axis(text: str) -> Axis:
    """One ``--grid`` option."""
    key, written = (part.strip() for part in split_setting(text))
    if not key or not written:
        raise ScenarioError(
            f"--grid {shown(text)}: write key.path=a:b:n or key.path=v1,v2, for example execution.lag=0,1,2"
        )
    if key in _NO_AXIS:
        raise ScenarioError(f"--grid {key}: no figure depends on it")
    matched = _RANGE.fullmatch(written)
    if matched is not None:
        texts = _spaced(key, matched)
    elif _LOOKS_LIKE_RANGE.fullmatch(written) and "," not in written and not isinstance(parse_value(written), date):
        raise ScenarioError(f"--grid {shown(text)}: write a range as first:last:count, or first:last:count:log")
    else:
        texts = split_values(written)
    values = [parse_value(text) for text in texts]
    for number, value in enumerate(values):
        if texts[number] == "" or value in values[:number]:
            raise ScenarioError(
                f"--grid {key}: {f'{value!r} appears twice' if texts[number] else 'a value is missing'}"
            )
    if is_severity(key) and any(isinstance(value, bool) or not isinstance(value, int | float) for value in values):
        raise ScenarioError(f"--grid {key}: a severity is a number: 0 changes nothing, 1 is the stated size")
    return Axis(key, tuple(texts))


def is_severity(key: str) -> bool:
    """Whether a key is a shock's severity, or that of all of them: one bears it, and does not choose it."""
    steps = steps_of(key)
    return len(steps) == 3 and (steps[0], steps[2]) == ("shocks", "severity")


def _spaced(key: str, matched: re.Match[str]) -> list[str]:
    """The values of a range; whole numbers where both ends are written so and all values are."""
    first, last, count = float(matched["first"]), float(matched["last"]), int(matched["count"][:12])
    if not 2 <= count <= _MOST_POINTS:
        raise ScenarioError(f"--grid {key}: a range needs at least 2 values and at most {_MOST_POINTS:,}, not {count}")
    if not (math.isfinite(first) and math.isfinite(last) and math.isfinite(last - first)):
        raise ScenarioError(f"--grid {key}: a range needs two ends that are numbers, not {first:g} and {last:g}")
    if matched["spacing"] == "log":
        if not (first > 0.0 and last > 0.0):
            raise ScenarioError(f"--grid {key}: a range in logs must be positive, not {first:g} to {last:g}")
        values = np.geomspace(first, last, count)
    else:
        values = np.linspace(first, last, count)
    tidy = [float(f"{value:.{_DIGITS}g}") for value in values]
    whole = matched["first"].lstrip("+-").isdigit() and matched["last"].lstrip("+-").isdigit()
    if whole and all(value.is_integer() for value in tidy):
        return [str(int(value)) for value in tidy]
    return [repr(value) for value in tidy]


def split_values(text: str) -> list[str]:
    """The values of a list: split at commas outside quotes and brackets."""
    parts, depth, quote = [""], 0, ""
    for sign in text:
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'":
            quote = sign
        elif sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        if sign == "," and not quote and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]
