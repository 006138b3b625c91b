"""Warnings as events: how soon they come, and how many are false."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.core.types import BoolArray, FloatArray

from .scored import Scored

QUIET = 21  # sessions without stress before an onset
EARLY = 10  # sessions before an onset from which a warning counts as one of it; after which a false one stays false


class Onsets(NamedTuple):
    """By session, what happened at the onset that falls on it."""

    onset: BoolArray  # (n,) a first session of stress after :data:`QUIET` ones without
    warned: BoolArray  # (n,) an onset warned of before its status was published
    lead_days: FloatArray  # (n,) calendar days from the first such warning to publication; 0 elsewhere


def onsets(scored: Scored) -> Onsets:
    """Onsets of any stress (a class above the mildest), and the first warning of each.

    Counted are warnings from :data:`EARLY` sessions before the onset until the last session before the onset's own
    status is published. A model that always warns is early every time: see :func:`false_alarms`.
    """
    stressed, warned = scored.actual > 0.0, scored.status > 0.0
    onset = np.zeros(stressed.size, np.bool_)
    heard = np.zeros(stressed.size, np.bool_)
    lead = np.zeros(stressed.size)
    for i in np.flatnonzero(stressed):
        if i < QUIET or stressed[i - QUIET : i].any():
            continue
        onset[i] = True
        published = int(np.searchsorted(scored.dates, scored.known_at[i]))
        first = max(0, i - EARLY)
        warnings = np.flatnonzero(warned[first : max(published, i + 1)])
        if warnings.size:
            heard[i] = True
            lead[i] = (scored.known_at[i] - scored.dates[first + warnings[0]]).astype("timedelta64[D]").astype(float)
    return Onsets(onset, heard, lead)


def false_alarms(scored: Scored) -> BoolArray:
    """(n,) True on the first session of each spell of warnings without stress in it or :data:`EARLY` sessions after."""
    stressed, warned = scored.actual > 0.0, scored.status > 0.0
    starts = np.flatnonzero(warned & ~np.concatenate([[False], warned[:-1]]))
    out = np.zeros(warned.size, np.bool_)
    for start in starts:
        rest = np.flatnonzero(~warned[start:])
        end = start + (int(rest[0]) if rest.size else warned.size - start)
        out[start] = not stressed[start : end + EARLY].any()
    return out
