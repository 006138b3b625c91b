"""Judging forecasts: splits that do not leak (and, marked so, ones that do), scores, intervals, naive rivals."""

from .bootstrap import Interval, block_weights, interval
from .cache import AnswerCache
from .calls import BUDGET, called
from .compare import Bootstrap, Scorecard, compare
from .metrics import measure
from .ranking import auc, average_precision, bins, calibration_error
from .runner import Candidate, Problem, forecasts
from .scored import Scored
from .sides import Side, sides
from .splits import Leakage, Split, at_refits, blocks, combinatorial, forward, leakage, purged, shuffled
from .timing import false_alarms, onsets

__all__ = [
    "BUDGET",
    "AnswerCache",
    "Bootstrap",
    "Candidate",
    "Interval",
    "Leakage",
    "Problem",
    "Scorecard",
    "Scored",
    "Side",
    "Split",
    "at_refits",
    "auc",
    "average_precision",
    "bins",
    "block_weights",
    "blocks",
    "calibration_error",
    "called",
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
    "sides",
]
