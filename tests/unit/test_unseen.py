"""Inputs of models beyond all that they had ever been: by hand, and as a stress test says it."""

from __future__ import annotations

import numpy as np
import pytest

from scenarios.stress.unseen import beyond

NAN = np.nan
# Sessions 0 to 3 are the past: "a" was 1 to 4, "b" was known once, at 5, "c" never.
VALUES = np.array(
    [
        [1.0, NAN, NAN],
        [2.0, 5.0, NAN],
        [4.0, NAN, NAN],
        [3.0, NAN, NAN],
        [4.0, 5.0, 1.0],
        [4.1, 4.9, 9.0],
        [0.9, NAN, 1.0],
        [9.0, 6.0, 1.0],
    ]
)


@pytest.mark.parametrize(
    ("first", "stop", "most", "names"),
    [
        (4, 5, 0, ()),  # the edge of what was seen is seen; what was never known is nowhere
        (4, 6, 2, ("a", "b")),
        (4, 8, 2, ("a", "b")),  # "a" on three sessions, "b" on two
        (6, 7, 1, ("a",)),  # the past of session 6 reaches from 1.0 to 4.1
        (7, 7, 0, ()),
    ],
)
def test_inputs_beyond_their_range_by_hand(first, stop, most, names):
    assert beyond(("a", "b", "c"), VALUES, first, stop) == (most, names)
