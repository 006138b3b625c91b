"""Giving account of a signal in use: what it rests on, when it failed, every change of colour, other thresholds."""

from .by_year import Year, by_year
from .colours import Change, changes, replay
from .drivers import Driver, drivers, leading
from .failures import worst
from .importance import ImportanceOverTime, importance_over_time
from .measures import CHANCES, PAIRS, STANDARD, Chances, Measure, Measured, Pair
from .refits import Refit, Refits, first_of_years, in_use, refitted
from .terms import is_sum, terms, unit
from .thresholds import Choice, ThresholdTest, threshold_test

__all__ = [
    "CHANCES",
    "PAIRS",
    "STANDARD",
    "Chances",
    "Change",
    "Choice",
    "Driver",
    "ImportanceOverTime",
    "Measure",
    "Measured",
    "Pair",
    "Refit",
    "Refits",
    "ThresholdTest",
    "Year",
    "by_year",
    "changes",
    "drivers",
    "first_of_years",
    "importance_over_time",
    "in_use",
    "is_sum",
    "leading",
    "refitted",
    "replay",
    "terms",
    "threshold_test",
    "unit",
    "worst",
]
