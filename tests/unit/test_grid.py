"""The grid of a sweep: what is written, what it means, what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from scenarios.load import load, override, validate
from scenarios.sweep.grid import Axis, Grid, parse_axis, parse_grid
from scenarios.sweep.jobs import market_digest
from scenarios.sweep.results import shown
from simulator.core.errors import ScenarioError
from tests.sweeping import SMALL


def test_a_range_has_both_ends_and_even_steps():
    axis = parse_axis("policies.threshold.band=0.005:0.20:40")
    assert len(axis.texts) == 40
    assert axis.texts[:3] == ("0.005", "0.01", "0.015")
    assert axis.values[-1] == 0.2
    assert np.allclose(np.diff(axis.values), 0.005, rtol=0, atol=1e-12)


def test_a_range_in_logs_has_even_ratios():
    values = np.array(parse_axis("costs.eta=0.01:1:5:log").values)
    assert np.allclose(values[1:] / values[:-1], 10**0.5)
    assert (values[0], values[-1]) == (0.01, 1.0)


@pytest.mark.parametrize(
    ("written", "values"),
    [
        ("0:4:5", (0, 1, 2, 3, 4)),
        ("0:1:3", (0.0, 0.5, 1.0)),
        ("0,1,2,5", (0, 1, 2, 5)),
        ("close,open", ("close", "open")),
        ("true,false", (True, False)),
        ('"a,b",c', ("a,b", "c")),
        ("[1, 2],{ A = 1, B = 2 }", ([1, 2], {"A": 1, "B": 2})),
        ("module:Class,module:Other", ("module:Class", "module:Other")),
        ("-1:1:3", (-1, 0, 1)),
    ],
)
def test_values_are_read_as_set_reads_them(written, values):
    read = parse_axis(f"a.b={written}").values
    assert read == values
    assert [type(got) for got in read] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("execution.lag", "write key.path=a:b:n"),
        ("execution.lag=", "write key.path=a:b:n"),
        (".lag=1", "write key.path=a:b:n"),
        ("execution.lag=0:5", "write a range as first:last:count"),
        ("execution.lag=0:5:2:cubic", "write a range as first:last:count"),
        ("execution.lag=0:5:1", "at least 2 values"),
        ("execution.lag=0:5:0", "at least 2 values"),
        ("costs.eta=0:1:5:log", "must be positive"),
        ("execution.lag=1,2,1", "1 appears twice"),
        ("execution.lag=1,,2", "a value is missing"),
        ("scenario.name=a,b", "no figure depends on it"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(ScenarioError, match=message):
        parse_axis(text)


def test_a_key_is_given_once():
    with pytest.raises(ScenarioError, match="give each key once"):
        parse_grid(["execution.lag=1,2", "execution.lag=3"])
    with pytest.raises(ScenarioError, match="--set gives it a value too"):
        parse_grid(["execution.lag=1,2"], ["execution.lag=3"])
    with pytest.raises(ScenarioError, match="--set gives it a value too"):
        parse_grid(["policies.x.weights={ A = 1 },{ B = 1 }"], ["policies.x.weights.A=0.5"])
    assert len(parse_grid(["execution.lag=1,2"], ["execution.lagged=3"])) == 2


def test_the_last_axis_varies_fastest():
    grid = Grid((Axis("a", ("1", "2")), Axis("b", ("x", "y", "z"))))
    assert len(grid) == 6
    assert grid.points[:4] == [("a=1", "b=x"), ("a=1", "b=y"), ("a=1", "b=z"), ("a=2", "b=x")]
    for point, at in zip(grid.points, grid.positions(), strict=True):
        assert point == tuple(axis.settings[i] for axis, i in zip(grid.axes, at, strict=True))
    assert (len(Grid(())), Grid(()).points, Grid(()).positions().shape) == (1, [()], (1, 0))


def test_texts_are_short_but_differ():
    assert shown(Axis("a", ("0.0885714285714", "0.2"))) == ("0.08857", "0.2")
    assert shown(Axis("a", ("0.12345", "0.12346"))) == ("0.12345", "0.12346")


def test_a_shock_has_a_place():
    shock = "volume-collapse:from=2008-09-15,days=40"
    file = load("etf-core", ["shocks.0.severity=2.0"], [shock])
    assert file.shocks[0]["severity"] == 2.0
    with pytest.raises(ScenarioError, match="counted from 0"):
        load("etf-core", ["shocks.1.severity=2.0"], [shock])


def test_a_star_means_every_entry_of_a_list():
    tables = {"shocks": [{"kind": "a"}, {"kind": "b", "severity": 3.0}], "policies": {"held": {}}, "flows": []}
    override(tables, "shocks.*.severity=0.5")
    assert tables["shocks"] == [{"kind": "a", "severity": 0.5}, {"kind": "b", "severity": 0.5}]
    override(tables, "shocks.*=unset")
    assert tables["shocks"] == []
    for text, reason in (
        ("shocks.*.severity=1", "'shocks' has no entries"),
        ("flows.*.share=1", "'flows' has no entries"),
        ("policies.*.band=1", "'policies' is no list"),
    ):
        with pytest.raises(ScenarioError, match=reason):
            override(tables, text)


def test_one_dial_for_all_severities():
    shocks = ["volume-collapse:from=2008-09-15,days=40", "price-gap:from=2008-09-15,size=-0.1,severity=3"]
    file = load("etf-core", ["shocks.*.severity=2.0"], shocks)
    assert [shock["severity"] for shock in file.shocks] == [2.0, 2.0]
    assert parse_grid(["shocks.*.severity=0:2:3"]).axes[0].values == (0, 1, 2)
    with pytest.raises(ScenarioError, match=r"--grid shocks\.0\.severity sets it too"):
        parse_grid(["shocks.0.severity=0,1", "shocks.*.severity=0,1"])
    with pytest.raises(ScenarioError, match="--set gives it a value too"):
        parse_grid(["shocks.*.severity=0,1"], ["shocks.1.severity=2"])
    with pytest.raises(ScenarioError, match="a severity is a number"):
        parse_grid(["shocks.*.severity=mild,1"])


def test_a_market_is_known_by_the_assets_that_are_read():
    """Where none are stated those that are named, as if they were stated; more of them are another market."""

    def digest(**market):
        tables = tomllib.loads(SMALL)
        tables["market"] |= market
        return market_digest(validate(tables, Path("small.toml")))

    assert digest() == digest(assets=["A", "B", "C"])
    assert digest() != digest(assets=["A", "B", "C", "D"])
    assert digest() != digest(cash_rate=0.02)
