"""Where a stress shows models what they have never seen: what a signal says there is extrapolated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.core.names import few
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
    """For each signal with models that a policy reads: where shocks show it more of the unseen than there was."""
    return [line for name in strikes.read for line in _of_signal(strikes, name)]


def _of_signal(strikes: Strikes, name: str) -> list[str]:
    asked, signal = strikes.asked, strikes.learnt(name)
    if not isinstance(signal, Inputs):
        return []
    severities = sorted({0.0, *map(float, asked.severities)})
    found, highest, count = [], [], 0
    for severity in severities:
        dials = (severity,) * len(asked.tables)
        names, values = signal.inputs(strikes.at(dials).features)
        count = len(names)
        found.append(beyond(names, values, asked.first, asked.stop))
        said = strikes.said(name, dials).column("probability")
        highest.append(float(np.fmax.reduce(said[asked.first : asked.stop])))
    calm, worst = found[0], max(range(len(found)), key=lambda k: found[k].most)
    if found[worst].most <= calm.most:
        return []
    return [
        f"{name}: at severity {severities[worst]:g} up to {found[worst].most} of the {count} inputs of its models lie "
        f"beyond all their earlier values ({calm.most} without shocks; most often {few(found[worst].names, _NAMED)}): "
        f"what it says there is extrapolated and need not rise with the severity. {_said(severities, highest)}"
    ]


def _said(severities: Sequence[float], highest: Sequence[float]) -> str:
    """The highest probability without shocks, where it is highest, and at the worst severity; NaN is not known."""
    if np.isnan(highest).all():
        return "It says nothing at any severity"
    told = [
        f"{'unknown' if np.isnan(highest[k]) else f'{highest[k]:.3g}'} "
        + (f"at severity {severities[k]:g}" if severities[k] else "without shocks")
        for k in dict.fromkeys((0, int(np.nanargmax(highest)), len(highest) - 1))
    ]
    return f"Its highest probability is {', '.join(told)}"
