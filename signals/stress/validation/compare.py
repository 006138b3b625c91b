"""Models side by side: every score with its interval, and its distance from each naive rule with that of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from simulator.core.types import FloatArray

from .bootstrap import Interval, block_weights, interval
from .metrics import measure
from .scored import Scored


class Bootstrap(NamedTuple):
    """How intervals are drawn. ``block`` is in sessions, ``level`` a fraction."""

    draws: int = 1000
    block: int = 20
    level: float = 0.90
    seed: int = 0


class Scorecard(NamedTuple):
    """The scores of one model."""

    scores: Mapping[str, Interval]
    versus: Mapping[str, Mapping[str, Interval]]  # by rule: score minus that of the rule, on the same draws
    counts: FloatArray  # confusion matrix


def compare(
    forecasts: Mapping[str, Scored], rules: Sequence[str], how: Bootstrap | None = None
) -> dict[str, Scorecard]:
    """Scorecards of models that forecast the same sessions.

    Parameters
    ----------
    forecasts
        By model; all on the same sessions.
    rules
        The naive rules among them.
    how
        The bootstrap; one set of draws serves all models, so that differences are paired.
    """
    how = how or Bootstrap()
    sessions = next(iter(forecasts.values())).dates.size
    with threadpool_limits(limits=1):  # one order of summation on every machine
        weights = block_weights(sessions, how.draws, how.block, how.seed)
        plain = {name: measure(forecast) for name, forecast in forecasts.items()}
        drawn = {name: measure(forecast, weights) for name, forecast in forecasts.items()}
    return {
        name: Scorecard(
            {key: interval(float(value[0]), drawn[name][key], how.level) for key, value in plain[name].items()},
            {rule: _differences(name, rule, plain, drawn, how.level) for rule in rules if rule != name},
            forecasts[name].counts(),
        )
        for name in forecasts
    }


def _differences(
    name: str,
    rule: str,
    plain: Mapping[str, Mapping[str, FloatArray]],
    drawn: Mapping[str, Mapping[str, FloatArray]],
    level: float,
) -> dict[str, Interval]:
    out = {}
    for key, value in plain[name].items():
        gap = drawn[name][key] - drawn[rule][key]
        out[key] = interval(float(value[0] - plain[rule][key][0]), np.asarray(gap), level)
    return out
