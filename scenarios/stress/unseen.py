"""Where a stress shows models what they have never seen: what a signal says there is extrapolated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.protocols import Inputs
from simulator.core.types import FloatArray

from .strikes import Strikes

#: Columns that a sentence names.
_NAMED: Final = 3


class Beyond(NamedTuple):
    """Inputs outside the range of all their earlier values.

    Attributes
    ----------
    most
        Most of them on one session.
    names
        Those that are so on any, from the most sessions to the fewest.
    """

    most: int
    names: tuple[str, ...]


def beyond(names: Sequence[str], values: FloatArray, first: int, stop: int) -> Beyond:
    """Which columns of (T, K) inputs leave their range of before ``first`` within sessions ``first`` to ``stop``.

    NaN, a value that is not known, is nowhere; neither is a column that was never known before.
    """
    past, window = values[:first], values[first:stop]
    outside = (window < np.fmin.reduce(past)) | (window > np.fmax.reduce(past))
    days = outside.sum(axis=0)
    ranked = np.argsort(-days, kind="stable")
    return Beyond(int(outside.sum(axis=1).max(initial=0)), tuple(names[k] for k in ranked if days[k]))


def extrapolated(strikes: Strikes) -> list[str]:
    """For each signal that learns and that a policy reads: where shocks show it more of the unseen than there was."""
    return [line for name in strikes.read for line in _of_signal(strikes, name)]


def _of_signal(strikes: Strikes, name: str) -> list[str]:
    asked, signal = strikes.asked, strikes.learnt(name)
    if not isinstance(signal, Inputs):
        return []
    severities = sorted({0.0, *map(float, asked.severities)})
    found, likely, count = [], [], 0
    for severity in severities:
        here = strikes.at((severity,) * len(asked.tables))
        names, values = signal.inputs(here.features)
        found.append(beyond(names, values, asked.first, asked.stop))
        likely.append(_highest(strikes, name, severity))
        count = len(names)
    calm, worst = found[0], max(range(len(found)), key=lambda k: found[k].most)
    if found[worst].most <= calm.most:
        return []
    highest = int(np.argmax(likely))
    return [
        f"{name}: at severity {severities[worst]:g} up to {found[worst].most} of the {count} inputs of its models lie "
        f"beyond all their earlier values ({calm.most} without shocks; most often {_listed(found[worst].names)}): what "
        "it says there is extrapolated and need not rise with the severity. Its highest probability is "
        f"{likely[0]:.3g} without shocks, {likely[highest]:.3g} at severity {severities[highest]:g}, "
        f"{likely[-1]:.3g} at severity {severities[-1]:g}"
    ]


def _highest(strikes: Strikes, name: str, severity: float) -> float:
    """The highest probability of the sessions judged; -1 where none is known."""
    asked = strikes.asked
    said = strikes.said(name, (severity,) * len(asked.tables)).column("probability")
    return float(np.fmax.reduce(said[asked.first : asked.stop], initial=-1.0))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
