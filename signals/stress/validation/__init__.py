"""Judging forecasts: splits that do not leak (and, marked so, ones that do), scores, intervals, naive rivals."""

from .bootstrap import Interval, block_weights, interval
from .cache import AnswerCache
from .compare import Bootstrap, Scorecard, compare
from .metrics import measure
from .ranking import auc, average_precision, calibration_error
from .runner import Candidate, Problem, forecasts
from .scored import Scored
from .splits import Leakage, Split, blocks, combinatorial, forward, leakage, purged, shuffled
from .timing import false_alarms, onsets

__all__ = [
    "AnswerCache",
    "Bootstrap",
    "Candidate",
    "Interval",
    "Leakage",
    "Problem",
    "Scorecard",
    "Scored",
    "Split",
    "auc",
    "average_precision",
    "block_weights",
    "blocks",
    "calibration_error",
    "combinatorial",
    "compare",
    "false_alarms",
    "forecasts",
    "forward",
    "interval",
    "leakage",
    "measure",
    "onsets",
    "purged",
    "shuffled",
]
