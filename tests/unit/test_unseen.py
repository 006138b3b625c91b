"""Inputs of models beyond all that they had ever been: by hand, and as a stress test says it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from scenarios.stress.unseen import extrapolated
from scenarios.unseen import beyond, unseen_in_run
from simulator.core.panels import SignalPanel

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


class Forest:
    """A signal that reads three columns of its market, which are all that there is of it."""

    def inputs(self, features):
        return ("a", "b", "c"), features


class Strikes:
    """A stress of severities 1 and 2 from session 4 on: values of "a" and "c", and what a forecast says of them."""

    asked = SimpleNamespace(severities=("1", "2"), tables=({},), first=4, stop=6)
    read = ("stress", "quarter")

    def __init__(self, spared, likely):
        self.spared, self.likely = spared, likely

    def learnt(self, name):
        return Forest() if name == "stress" else object()

    def at(self, dials):
        past = np.column_stack([[1.0, 2.0, 4.0, 3.0], [5.0] * 4, [0.0] * 4])
        size = 1.0 + (0.0 if self.spared else dials[0])
        return SimpleNamespace(features=np.vstack([past, [4.0 * size, 5.0, size - 1.0], [2.0, 5.0, size - 1.0]]))

    def said(self, name, dials):
        days = np.datetime64("2001-01-01") + np.arange(6)
        said = np.array([0.9, 0.9, 0.9, 0.9, *self.likely[dials[0]]])  # 0.9 is before the shocks
        return SignalPanel(days, ("probability", "state"), np.column_stack([said, np.zeros(6)]), days)


def test_a_stress_says_where_its_models_have_never_been():
    struck = Strikes(False, {0.0: (0.1, NAN), 1.0: (0.6, 0.2), 2.0: (0.3, 0.25)})
    # at severity 1: a = 8, c = 1 and 1; at 2: a = 12, c = 2 and 2: two columns at once on session 4, "c" on both
    assert extrapolated(struck) == [
        "stress: at severity 1 up to 2 of the 3 inputs of its models lie beyond all their earlier values (0 without "
        "shocks; most often c, a): what it says there is extrapolated and need not rise with the severity. Its highest "
        "probability is 0.1 without shocks, 0.6 at severity 1, 0.3 at severity 2"
    ]


def test_what_is_not_known_is_no_probability():
    silent = Strikes(False, {0.0: (NAN, NAN), 1.0: (NAN, NAN), 2.0: (0.3, NAN)})
    assert extrapolated(silent)[0].endswith("Its highest probability is unknown without shocks, 0.3 at severity 2")
    mute = Strikes(False, dict.fromkeys((0.0, 1.0, 2.0), (NAN, NAN)))
    assert extrapolated(mute)[0].endswith("It says nothing at any severity")


def test_a_stress_that_stays_among_what_was_seen_says_nothing():
    assert extrapolated(Strikes(True, dict.fromkeys((0.0, 1.0, 2.0), (0.1, 0.1)))) == []


class OfMarket:
    """A signal that reads the values of its market."""

    def inputs(self, features):
        return ("a", "b", "c"), features.market.values


def market(values):
    days = np.datetime64("2001-01-01") + np.arange(8)
    return SimpleNamespace(sessions=days, values=values)


def told(values, said=(0.9, 0.9, 0.9, 0.9, NAN, 0.3, 0.2, 0.1), start=4):
    """What a run from session ``start`` on says, all of which its shock touches."""
    calm = VALUES.copy()
    calm[5:, 0] = 2.0  # without shocks "a" stays among what was seen, and "b" leaves it on sessions 5 and 7
    days = market(VALUES).sessions
    panel = SignalPanel(days, ("probability",), np.array(said)[:, None], days)
    signals = {"stress": OfMarket(), "quarter": object(), "unread": OfMarket()}
    scenario = SimpleNamespace(signals=signals, shocks=(object(),), market=market(calm))
    struck = market(calm if values is None else values)
    run = SimpleNamespace(start=start, stop=8, signals={"stress": panel, "quarter": panel})
    world = SimpleNamespace(market=struck, observed=struck)
    return list(unseen_in_run(scenario, world, {"policy": SimpleNamespace(run=run)}))


def test_a_run_says_where_its_shocks_show_models_the_unseen():
    assert told(VALUES) == [
        "stress: under the shocks, 2001-01-05 to 2001-01-08, up to 2 of the 3 inputs of its models lie beyond all "
        "their earlier values (1 without shocks; most often a, b): what it says there is extrapolated; its highest "
        "probability there is 0.3"  # 0.9 is before the shocks
    ]
    assert told(None) == []
    assert told(VALUES, start=0) == []  # nothing was seen before
    assert told(VALUES, said=(NAN,) * 8)[0].endswith("it says nothing there")
