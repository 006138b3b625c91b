"""A stress test for machines: ``metrics.json`` and ``frontier.json``."""

from __future__ import annotations

from typing import Any

import numpy as np

from reports.stress import Reversed, StressReport, Threshold
from simulator.core.types import FloatArray

from .measures import STRESS
from .window import window_json


def metrics_json(report: StressReport) -> dict[str, Any]:
    """Every policy at every severity, from the mildest on; ``null`` where a figure is undefined or infinite."""
    frontier, sweep = report.frontier, report.sweep
    severities = [float(severity[0]) for severity in frontier.severities]
    rows = [
        {"policy": policy, "severity": severity, **_figures(sweep.history[number])}
        for policy, asked in zip(sweep.policies, frontier.answers.tolist(), strict=True)
        for number, severity in zip(asked, severities, strict=True)
    ]
    window = {} if report.window is None else {"window": window_json(report.window)}
    return {**_head(report), "stress": rows, **window}


def frontier_json(report: StressReport) -> dict[str, Any]:
    """The smallest severities that fail: ``null`` where none within the bracket does."""
    found = report.reverse
    assert found is not None
    return {**_head(report), **_reversed_json(found)}


def _reversed_json(found: Reversed) -> dict[str, Any]:
    """A reverse test as plain data."""
    told: dict[str, Any] = {
        "bracket": [0.0, found.most],
        "shocks": list(found.shocks),
        "failures": dict(found.failures),
        "policies": {
            policy: {failure: _threshold(threshold) for failure, threshold in row.items()}
            for policy, row in found.thresholds.items()
        },
    }
    if found.pairs:
        told["two_shocks"] = {
            failure: {
                policy: [{found.shocks[0]: first, found.shocks[1]: second} for first, second in line]
                if found.shocks[0] != found.shocks[1]
                else [{"first": first, "second": second} for first, second in line]
                for policy, line in lines.items()
            }
            for failure, lines in found.pairs.items()
        }
    return told


def _threshold(threshold: Threshold) -> dict[str, Any]:
    value = None if threshold.value is None or not np.isfinite(threshold.value) else threshold.value
    return {**threshold._asdict(), "value": value}


def _head(report: StressReport) -> dict[str, Any]:
    sweep = report.sweep
    told: dict[str, Any] = {
        "scenario": sweep.name,
        "start": sweep.start,
        "judged_from": report.first,
        "judged_to": report.last,
    }
    if report.notices:
        told["notices"] = list(report.notices)
    return told


def _figures(values: FloatArray) -> dict[str, float | None]:
    return {
        metric.name: float(value) if np.isfinite(value) else None for metric, value in zip(STRESS, values, strict=True)
    }
