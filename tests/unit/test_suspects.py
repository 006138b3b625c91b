"""Prices looked at: each planted fault is named with its day, size and effect; clean markets are left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator import MarketData
from simulator.data import inspect, read_market, suspects
from simulator.data.closer import closer

DAYS = pd.bdate_range("2019-01-01", periods=600)
DAY = 400  # 2020-07-14


def bars(seed=3, columns=("A", "B"), days=DAYS):
    """Opens, highs, lows and closes of assets that move 1% a day."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(rng.normal(0.0, 0.01, (len(days), len(columns))).cumsum(axis=0))
    opened = np.vstack([close[:1], close[:-1]]) * np.exp(rng.normal(0.0, 0.002, close.shape))
    high, low = np.maximum(opened, close) * 1.003, np.minimum(opened, close) * 0.997
    named = {"close": close, "open": opened, "high": high, "low": low}
    return {name: pd.DataFrame(values, days, list(columns)) for name, values in named.items()}


def market(fields, **more):
    close = fields["close"]
    return MarketData.from_frames(close, **{name: frame for name, frame in fields.items() if name != "close"}, **more)


def scaled(rows, factor, names=("open", "high", "low", "close")):
    def spoil(fields):
        for name in names:
            fields[name].iloc[rows, 0] *= factor

    return spoil


def frozen_closes(fields):
    fields["close"].iloc[DAY : DAY + 15, 0] = fields["close"].iloc[DAY - 1, 0]
    for name in ("open", "high", "low"):
        fields[name].iloc[DAY : DAY + 15, 0] = fields["close"].iloc[DAY - 1, 0]


@pytest.mark.parametrize(
    ("spoil", "what", "size"),
    [
        (scaled(DAY, 100.0), "a close that jumps and goes back on 2020-07-14", "then -99.0%"),
        (scaled(DAY, 0.7), "a close that jumps and goes back on 2020-07-14", "-29.5%"),
        (scaled(slice(DAY, None), 0.01), "a jump as between units of a currency on 2020-07-14", "-99.0%"),
        (scaled(slice(DAY, DAY + 5), 1000.0), "a jump as between units of a currency", "(the worst of 2 days)"),
        (scaled(slice(DAY, None), 0.5), "a move of a split's ratio, and no split on 2020-07-14", "-49.6%"),
        (scaled(slice(DAY, None), 10.0), "a move of a split's ratio, and no split on 2020-07-14", "+9"),
        (scaled(slice(DAY, None), 1.5), "a move of a split's ratio, and no split on 2020-07-14", "+5"),
        (scaled(slice(DAY, None), 0.13), "a move beyond reason on 2020-07-14", "-8"),
        (scaled(DAY, 1.1, ("close",)), "a close outside the day's range on 2020-07-14", "by 9."),
        (scaled(DAY, 0.7, ("open", "low")), "an open far from the closes around it on 2020-07-14", "-30"),
        (scaled(DAY, 5.0, ("high",)), "a high far from open and close on 2020-07-14", "above both"),
        (frozen_closes, "the same close day after day on 2020-08-03", "16 sessions up to it"),
    ],
)
def test_a_planted_fault_is_named(spoil, what, size):
    fields = bars()
    spoil(fields)
    found = suspects(market(fields))
    grave = [suspect for suspect in found if suspect.grave and suspect.asset == "A"]
    assert any(what in suspect.text and size in suspect.text for suspect in grave), [suspect.text for suspect in found]
    assert not [suspect for suspect in found if suspect.asset == "B"]
    assert all(suspect.effect and suspect.advice for suspect in found)


def test_clean_markets_and_stated_splits_are_left_alone():
    fields = bars()
    assert suspects(market(fields)) == ()
    splits = pd.DataFrame(1.0, DAYS, ["A", "B"])
    splits.iloc[DAY, 0] = 4.0
    scaled(slice(DAY, None), 0.25)(fields)
    assert suspects(market(fields, splits=splits)) == ()
    crash = bars()
    scaled(slice(DAY, None), 0.78)(crash)  # 1987-10-19, in a day
    assert not [suspect for suspect in suspects(market(crash)) if suspect.grave]


def test_dividends_in_percent_weekends_and_twins_are_named():
    fields = bars()
    paid = pd.DataFrame(0.0, DAYS, ["A", "B"])
    paid.iloc[DAY, 0] = 60.0
    (one,) = suspects(market(fields, dividends=paid))
    assert one.what.startswith("a dividend as large as")
    assert f"{paid.iloc[DAY, 0] / fields['close'].iloc[DAY - 1, 0]:.1%}" in one.effect
    fields["close"]["B"] = fields["close"]["A"] * 3.0
    assert "the same returns as A" in [suspect.what for suspect in suspects(market({"close": fields["close"]}))]
    weekend = bars(days=DAYS.union([pd.Timestamp("2020-07-18")]))
    names = [(suspect.asset, suspect.day, suspect.size) for suspect in suspects(market(weekend))]
    assert names == [(asset, np.datetime64("2020-07-18"), "a Saturday") for asset in "AB"]


def test_prices_that_never_move_or_only_by_their_rounding_are_named():
    close = bars()["close"].assign(A=0.01)
    finer = close["B"].mul(1.2e-7)  # some 12 millionths
    still, coarse = [
        suspect
        for suspect in suspects(market({"close": close.assign(B=finer.round(6))}))
        if "every session" in suspect.what or "rounding" in suspect.what
    ]
    assert (still.asset, still.what) == ("A", "the same close on every session, seen")
    assert still.size == "0.01, 600 times"
    assert still.grave
    assert coarse.asset == "B"
    assert coarse.size.startswith("steps of 1e-06, ")
    assert not [
        suspect for suspect in suspects(market({"close": close.assign(B=finer.round(8))})) if suspect.asset == "B"
    ]


@pytest.mark.parametrize(
    ("factor", "plain", "said"),
    [
        (0.9, 1.0, "an adjusted close that falls where the close does not on 2020-07-14"),
        (1.5, 1.0, "an adjusted close that rises where the close does not on 2020-07-14"),
        (0.1, 10.0, ""),  # a reverse split 1:10
        (4.0, 0.25, ""),  # a split 4:1
        (1.01, 0.99, ""),  # a dividend of 1%
        (1.0 / 0.6, 0.6, ""),  # one of 40%, by which the price falls
    ],
)
def test_an_adjustment_that_no_payment_explains_is_named(factor, plain, said):
    """The plain close changes by one factor besides its noise, the adjusted over the plain close by another."""
    close = bars()["close"]
    adjustment = pd.DataFrame(1.0, DAYS, ["A", "B"])
    close.iloc[DAY:, 0] *= plain * factor
    adjustment.iloc[DAY:, 0] = factor
    texts = [suspect.text for suspect in suspects(market({"close": close}, adjustment=adjustment))]
    assert [text for text in texts if said in text] if said else not texts


def test_only_the_sessions_asked_for_are_reported():
    fields = bars()
    scaled(DAY, 100.0)(fields)
    whole = market(fields)
    assert [note for note in inspect(whole) if note.grave]
    assert not [note for note in inspect(whole.between(DAY + 2, 600), whole) if note.grave]
    shocked = replace(market(bars()), close=whole.close)
    assert not [note for note in inspect(shocked, market(bars())) if note.grave]


def test_the_supplied_funds_have_no_grave_notes_but_real_lows_are_told(data):
    names = sorted(path.stem for path in (data / "etf").glob("*.csv"))
    found = suspects(read_market(data / "etf", names))
    assert not [suspect for suspect in found if suspect.grave]
    assert ("VTI", "2010-05-06") in {
        (suspect.asset, str(suspect.day)) for suspect in found if "low far" in suspect.what
    }


@pytest.mark.parametrize(
    ("sessions", "silent", "grave"), [(600, 60, False), (600, 61, True), (20, 5, False), (20, 6, True)]
)
def test_volume_may_be_missing_on_a_tenth_of_days_or_on_five(sessions, silent, grave):
    fields = bars(days=DAYS[:sessions])
    volume = pd.DataFrame(1e6, DAYS[:sessions], ["A", "B"])
    volume.iloc[np.linspace(1, sessions - 1, silent).astype(int), 0] = 0.0
    found = [one for one in closer(market(fields, volume=volume)) if one.what == "a price without volume"]
    assert [(one.asset, one.grave) for one in found] == [("A", grave)]
