"""The protocols under which forecasts are judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from signals.stress.early_warning import Sample
from signals.stress.labels import Label
from signals.stress.validation import Split, blocks, forward, shuffled

FOLDS: Final = 5
EMBARGO: Final = 10
FIRST_TEST: Final = "2009-01-01"
_LEAST_TRAIN: Final = 252
LIKE_FOR_LIKE: Final = "shuffled-like-for-like"


@dataclass(frozen=True, slots=True)
class Protocol:
    """One way of splitting, and the thresholds that go with it."""

    name: str
    title: str
    sample: Sample
    text: str


PROTOCOLS: Final[dict[str, Protocol]] = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            "shuffled",
            "Shuffled folds (the paper's)",
            "whole",
            f"{FOLDS} folds of days drawn at random; thresholds are quantiles of the whole sample, known in hindsight",
        ),
        Protocol(
            "blocks",
            "Blocked folds",
            "past",
            f"{FOLDS} folds of consecutive days, purged of labels that touch them, embargo of {EMBARGO} sessions; "
            "models learn from the future of a block as well as from its past",
        ),
        Protocol(
            "forward",
            "Forward",
            "past",
            "refitted each quarter on labels published by then, with publication lags, thresholds from the past and "
            f"an embargo of {EMBARGO} sessions; expanding window",
        ),
        Protocol(
            LIKE_FOR_LIKE,
            "Shuffled, like for like",
            "past",
            "the labels and test days of the forward protocol, only the split differs",
        ),
    )
}


def first_test_day(label: Label, wanted: str = FIRST_TEST) -> str:
    """``wanted``, 1 January 2009 by default, or a year of sessions after the first label if that is later."""
    known = np.flatnonzero(~np.isnan(label.values))
    if known.size <= _LEAST_TRAIN:
        return wanted
    return str(max(np.datetime64(wanted, "D"), label.sessions[known[_LEAST_TRAIN]]))


def splits(protocol: str, label: Label, seed: int) -> list[Split]:
    """The splits of a protocol on a label."""
    if protocol == "blocks":
        return blocks(label, FOLDS, EMBARGO)
    if protocol == "forward":
        return forward(label, first_test_day(label), "Q", EMBARGO)
    drawn = shuffled(label, FOLDS, seed)
    if protocol == LIKE_FOR_LIKE:
        first = np.datetime64(first_test_day(label), "D")
        return [Split(split.train, split.test[label.sessions[split.test] >= first]) for split in drawn]
    return drawn
