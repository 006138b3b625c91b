"""``undertow herd``: a tiny fund is an ordinary replay, identical funds amplify, diverse less, errors have days."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from scenarios.build import build
from scenarios.cli import main
from scenarios.herd.figures import figures_of
from scenarios.herd.members import Fund, led, members
from scenarios.herd.settle import SETTLED, Meadow
from scenarios.load import load
from scenarios.runner import replay
from simulator.core.errors import ConvergenceError
from simulator.core.world import World
from simulator.ledger import reconcile
from tests.sweeping import write_small
from tests.tables import inflated

LEVERED = ("policies.levered.kind=leverage-target", "policies.levered.leverage=3.0", "bounds.max_leverage=3.0")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("herd")
    write_small(folder, 500)
    return folder


def meadow(home, *overrides, rounds=50):
    settings = ("scenario.end=2001-11-30", "costs.gamma=1.0", *LEVERED, *overrides)
    return Meadow(build(load(str(home / "small.toml"), settings), home / "data"), 1.0, rounds)


@pytest.fixture(scope="module")
def field(home):
    return meadow(home)


@pytest.mark.parametrize("policy", ["threshold", "volatility"])
def test_one_tiny_fund_is_the_ordinary_replay(field, policy):
    fund = Fund(policy, 1e-3)
    herd = field.settle({fund: 1})
    section = field.scenario.file.scenario.model_copy(update={"initial_cash": fund.size})
    file = field.scenario.file.model_copy(update={"scenario": section})
    scenario = replace(field.scenario, file=file, terms=replace(field.scenario.terms, initial_cash=fund.size))
    ordinary = replay(scenario).results[policy]
    assert herd.flows[fund].sold.sum() > 0.0
    np.testing.assert_allclose(herd.results[fund].nav, ordinary.nav, rtol=1e-10, atol=0.0)


def test_signals_that_no_fund_hears_are_not_computed_round_after_round(field):
    heard = [field._heard([Fund(name, 1e6)]) for name in ("passive", "threshold", "volatility")]
    assert heard == [[], [], ["vol"]]
    herd = field.settle({Fund("threshold", 5e6): 2})
    assert not herd.results[Fund("threshold", 5e6)].run.signals


def test_what_is_observed_answers_from_what_was_observed():
    law = SimpleNamespace(applied=lambda market, told: [market, told])
    true, seen = object(), object()
    apart = Meadow._answered(SimpleNamespace(law=law, world=World(true, seen)), "told")
    assert (apart.market, apart.observed) == ([true, "told"], [seen, "told"])
    alike = Meadow._answered(SimpleNamespace(law=law, world=World(true, true)), "told")
    assert alike.market == [true, "told"]
    assert alike.observed is alike.market  # made once


def test_books_balance_and_prices_are_those_of_the_flow(field):
    fund = Fund("volatility", 5e6)
    herd = field.settle({fund: 3})
    result = herd.results[fund]
    reconcile(result.sessions, result.marks, result.daily, result.stream)
    assert herd.changes[-1] <= SETTLED
    told = field.law.answer(herd.flow.bought, herd.flow.sold)
    applied = field.law.applied(field.world.market, told)
    np.testing.assert_allclose(applied.close, herd.market.close, rtol=1e-9)
    sold = np.argwhere(herd.flow.net < 0.0)
    t, i = sold[0]
    net = herd.flow.net[t, i] / field.law.volume[t, i]
    assert herd.told.displacement[t, i] - herd.told.before[t, i] == pytest.approx(
        field.law.push[t, i] * net / (herd.told.depth[t - 1, i]), rel=1e-9
    )
    assert herd.flow.sold.sum() == pytest.approx(3 * herd.flows[fund].sold.sum())


def test_amplification_rises_with_identical_funds_and_falls_with_diversity(field):
    size = [2e6]
    found = [figures_of(field, field.settle(members(["levered"], size, n))) for n in (1, 2, 4)]
    assert found[0].amplification < found[1].amplification < found[2].amplification
    assert found[0].amplification > 1.0
    assert found[0].deepest_bps > found[1].deepest_bps > found[2].deepest_bps
    mixes = [figures_of(field, field.settle(led("levered", ["passive", "threshold"], size, 4, n))) for n in (0, 2, 4)]
    assert mixes[0].amplification < mixes[1].amplification < mixes[2].amplification == found[2].amplification
    assert found[2].alike == pytest.approx(1.0)
    assert mixes[1].alike < 1.0


def test_nothing_sees_the_future(home, field):
    fund = Fund("volatility", 5e6)
    whole = field.settle({fund: 3})
    cut = meadow(home, "scenario.end=2001-08-31").settle({fund: 3})
    rows = cut.stop - cut.start
    np.testing.assert_array_equal(cut.results[fund].nav.to_numpy(), whole.results[fund].nav.to_numpy()[:rows])
    np.testing.assert_array_equal(cut.told.displacement[: cut.stop], whole.told.displacement[: cut.stop])


def test_what_does_not_settle_is_an_error_with_its_day(home):
    wild = meadow(
        home, "execution.lag=0", "execution.fill=close", "execution.size_at=fill", "costs.gamma=60",
        "execution.max_participation=1.0", rounds=5,
    )  # fmt: skip
    with pytest.raises(ConvergenceError, match=r"herd: 2001-\d\d-\d\d: no price fits"):
        wild.settle({Fund("threshold", 5e8): 5})


def test_the_command_writes_page_and_figures(home, monkeypatch, capsys):
    monkeypatch.chdir(home)
    short = ["--set", "scenario.end=2001-06-29", "--set", "policies.passive.title=<b>hold</b>"]
    given = ["herd", "small.toml", "--data", "data", "--quiet", "--funds", "3", "--size", "5e6,1e6", *short]
    assert main([*given, "--out", "out/a"]) == 0
    said = capsys.readouterr().out
    assert "diversity is worth" in said
    assert "the largest fall is made deeper by" in said or "the largest fall is softened by" in said
    told = json.loads((home / "out/a/metrics.json").read_text())
    assert told["herd"]["funds"] == 3
    assert {row["policy"]: row["size"] for row in told["funds"]} == {
        "passive": 5e6,
        "threshold": 1e6,
        "volatility": 5e6,
    }
    assert [figures["funds"] for figures in told["by_number"]["mix"]] == [1, 2, 3]
    assert told["start"] <= told["herd"]["lowest"] <= told["end"]
    assert [figures["share"] for figures in told["by_similarity"]] == pytest.approx([0.0, 1 / 3, 2 / 3, 1.0])
    assert len(told["overlap"]["loss_bps"]) == 3
    assert np.shape(told["exposures"]["indirect_bps"]) == (3, 3)
    assert told["convergence"]["changes"][-1] <= SETTLED
    page = (home / "out/a/index.html").read_text()
    assert "<b>hold</b>" not in page
    assert "&lt;b&gt;hold" in page
    assert main([*given, "--out", "out/b"]) == 0
    assert (home / "out/b/metrics.json").read_bytes() == (home / "out/a/metrics.json").read_bytes()


def test_funds_too_small_for_the_market_to_answer_are_exposed_to_what_they_hold_alone(home, monkeypatch):
    monkeypatch.chdir(home)
    given = ["herd", "small.toml", "--data", "data", "--quiet", "--funds", "3", "--size", "1e-3", "--out", "out/tiny"]
    assert main([*given, "--set", "scenario.end=2001-06-29"]) == 0
    exposures = json.loads((home / "out/tiny/metrics.json").read_text())["exposures"]
    assert exposures["indirect_bps"] == [pytest.approx([0.0] * 3, abs=1e-6)] * 3
    passive = exposures["direct_bps"][0]  # 100 bp for each 1% of all it holds, 0.91 of it invested by then
    assert sum(passive) == pytest.approx(90.55, abs=0.01)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--funds", "0"], "--funds"),
        (["--size", "nought"], "--size"),
        (["--policies", "pasive"], "did you mean 'passive'"),
        (["--lead", "volatility", "--policies", "passive"], "--lead"),
        (["--thinning", "-1"], "--thinning"),
    ],
)
def test_errors_take_one_line_and_write_nothing(home, monkeypatch, capsys, more, said):
    monkeypatch.chdir(home)
    assert main(["herd", "small.toml", "--data", "data", "--quiet", "--out", "out/no", *more]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (home / "out/no").exists()


def test_lines_bear_the_names_of_their_assets_whichever_are_tried(home, monkeypatch, capsys):
    monkeypatch.chdir(home)
    monkeypatch.setattr("scenarios.herd.run.MOST_ASSETS", 1)
    short = ["--set", "scenario.end=2001-05-31", "--funds", "1", "--policies", "passive,threshold"]
    assert main(["herd", "small.toml", "--data", "data", "--quiet", *short, "--out", "out/few"]) == 0
    told = json.loads((home / "out/few/metrics.json").read_text())
    assert told["exposures"]["assets"] == ["A"]  # half of the book
    assert np.shape(told["exposures"]["direct_bps"]) == (1, 1)
    said = capsys.readouterr().out
    assert "2 others are left out" in said
    assert "no fund of the mix follows threshold" in said
    page = inflated((home / "out/few/index.html").read_text())
    drawn = page[page.index('"chart-displacement"') :].split("</script>")[0]
    assert [name in drawn for name in ('"name":"A"', '"name":"B"', '"name":"C"')] == [True, True, True]
