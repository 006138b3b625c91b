"""Where a stress shows models what they have never seen, severity by severity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from scenarios.unseen import beyond, most_of
from simulator.core.protocols import Inputs

from .strikes import Strikes


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
        f"{name}: at severity {severities[worst]:g} {most_of(found[worst], count, calm)}: what it says there is "
        f"extrapolated and need not rise with the severity. {_said(severities, highest)}"
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
