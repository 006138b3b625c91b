"""Signals judged in money: the oracle is recognised, noise is not, and every part is what it says."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from reports.verdict_text import answers, short, summary, table
from reports.verdicts import Corrected, Placebos
from scenarios.build import build
from scenarios.judge.fed import Fed
from scenarios.judge.placebos import placebo_figures
from scenarios.judge.policies import judged_signals, policy_of
from scenarios.judge.rivals import played_on
from scenarios.load import locate, validate
from scenarios.runner import replay, terms
from simulator import HOLD, ScenarioError, SignalPanel
from simulator.metrics import PAIRED, policy_metrics
from strategies import from_callable
from tests.judged import TABLES, judge_keys, scenario, with_own, write_market


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("judged")
    write_market(path)
    return path


@pytest.fixture(scope="module")
def outcome(folder):
    return replay(build(scenario(), folder))


@pytest.fixture(scope="module")
def verdicts(outcome):
    return {verdict.signal: verdict for verdict in outcome.verdicts.verdicts}


# --- what a verdict is worth: planted answers


@pytest.mark.parametrize("name", ["oracle", "label"])
def test_an_oracle_is_recognised_as_better_than_volatility(verdicts, name):
    one = verdicts[name]
    assert one.against_rivals == "better"
    assert one.against_placebos == "better"
    assert one.hindsight
    assert one.equal_share.differences["sharpe"].low > 0.0
    assert short(one) == "beats volatility; timing shown [hindsight]"


@pytest.mark.parametrize("name", ["noise", "noise-2"])
def test_noise_is_not(verdicts, name):
    one = verdicts[name]
    assert one.against_rivals != "better"
    assert one.against_placebos == "open"
    assert 0.05 < one.chance < 0.95
    assert "timing not shown" in short(one)


def test_an_oracle_and_noise_on_real_data(data):
    tables = tomllib.loads(locate("stress-signals").read_text())
    kept = {name: signal for name, signal in tables["signals"].items() if signal["kind"] in ("calendar", "volatility")}
    planted = {"oracle": {"kind": "tests.judged:FallAhead"}, "noise": {"kind": "tests.judged:Noise", "number": 1}}
    tables["signals"] = {**kept, **planted}
    tables["policies"]["stress"]["signal"] = "noise"
    tables["judge"] |= {"against": ["volatility", "volatility-percentile"], "draws": 500, "placebos": 199}
    file = with_own(validate(tables, locate("stress-signals")))
    found = {verdict.signal: verdict for verdict in replay(build(file, data)).verdicts.verdicts}
    assert (found["oracle"].against_rivals, found["oracle"].against_placebos) == ("better", "better")
    assert found["noise"].against_rivals != "better"
    assert found["noise"].against_placebos == "open"


def test_noise_seldom_beats_its_placebos(outcome, folder):
    """The chance of a placebo is uniform for a signal without timing: few of 20 such signals are called better."""
    numbers = range(20)
    signals = {name: TABLES["signals"][name] for name in ("month", "volatility")}
    signals |= {f"n{k}": {"kind": "tests.judged:Noise", "number": k} for k in numbers}
    policies = {**TABLES["policies"], "out": {**TABLES["policies"]["out"], "signal": "n0"}}
    judge = judge_keys(against=["volatility"], draws=100, placebos=99)
    run = replay(build(scenario(signals=signals, policies=policies, judge=judge), folder))
    chances = np.array([verdict.chance for verdict in run.verdicts.verdicts if not verdict.rival])
    assert (chances <= 0.05).sum() <= 4
    assert 0.3 < chances.mean() < 0.7
    assert sum(verdict.against_rivals == "better" for verdict in run.verdicts.verdicts) <= 1


# --- the parts


def test_every_signal_drives_the_same_policy(outcome):
    file = outcome.scenario.file
    assert judged_signals(file) == ("volatility", "percentile", "past", "oracle", "label", "noise", "noise-2")
    assert policy_of(file)["noise"] == "out"  # it is there already
    template = file.policies["out"]
    for signal, policy in policy_of(file).items():
        assert file.policies[policy] == {**template, "signal": signal}
        assert policy in outcome.metrics
    assert set(outcome.metrics) == {"passive", "monthly", "out", *judged_signals(file)} - {"noise"}


def test_figures_are_those_of_the_comparison(outcome, verdicts):
    for verdict in verdicts.values():
        metrics = outcome.metrics[verdict.policy]
        for measure in PAIRED:
            assert verdict.figures[measure] == pytest.approx(getattr(metrics, measure), rel=1e-9)
        gap = verdict.benchmark["cagr"]
        assert gap.value == pytest.approx(metrics.cagr - outcome.metrics["passive"].cagr)
    state = verdicts["noise"].state
    assert np.array_equal(state, outcome.results["out"].run.signals["noise"].state())


def test_placebo_runs_are_runs_on_shifted_signals(outcome, verdicts):
    """Each placebo is what a plain run on the rolled states gives; the one of no shift would be the signal itself."""
    scenario_, world = outcome.scenario, outcome.world
    run = outcome.results["out"].run
    common = terms(scenario_, world, run.sessions[0])
    panel = outcome.signals["noise"]
    one = verdicts["noise"]
    assert one.placebos.shifts.size == 199
    for number in (0, 57, 198):
        state = panel.state().astype(float)
        state[run.start : run.stop] = np.roll(state[run.start : run.stop], int(one.placebos.shifts[number]))
        rolled = SignalPanel(panel.sessions, ("state",), state[:, None], panel.sessions)
        signals = {**outcome.signals, "noise": rolled}
        figures = policy_metrics(played_on(world, common, scenario_.policies["out"], signals, "rolled"))
        expected = [getattr(figures, measure) for measure in PAIRED]
        assert one.placebos.figures[number] == pytest.approx(expected, rel=1e-9)
    rows = slice(run.start, run.stop)
    still = placebo_figures(scenario_.policies["out"], "noise", outcome.signals, np.array([0]), rows, world, common)
    assert still[0] == pytest.approx([one.figures[measure] for measure in PAIRED], rel=1e-9)


def test_the_hindsight_rival_is_on_for_as_long(verdicts):
    for verdict in verdicts.values():
        assert (verdict.equal_share is None) == verdict.rival
        if verdict.equal_share is not None:
            assert verdict.share_on - 0.05 < verdict.equal_share.share <= verdict.share_on


def test_the_seed_draws_placebos_and_histories(folder, outcome):
    again = replay(build(scenario(), folder)).verdicts.as_dict()
    assert again == outcome.verdicts.as_dict()
    other = replay(build(scenario(scenario={**TABLES["scenario"], "seed": 4}), folder)).verdicts
    assert not np.array_equal(other.verdicts[0].placebos.shifts, outcome.verdicts.verdicts[0].placebos.shifts)
    assert other.verdicts[3].against != outcome.verdicts.verdicts[3].against


def test_a_policy_that_must_be_asked_is_fed_as_well(outcome):
    """Fed another panel, a Python policy does what it does when given that panel."""

    def follow(day):
        view = day.signals["noise"]
        if not (day.first or view.changed):
            return HOLD
        return {"CCC": 0.5} if view.state else {"AAA": 0.5, "BBB": 0.4}

    policy = from_callable(follow)
    panel = outcome.signals["oracle"]
    world = outcome.world
    common = terms(outcome.scenario, world, outcome.results["out"].run.sessions[0])
    fed = played_on(world, common, Fed(policy, {"noise": panel}), outcome.signals, "fed")
    given = played_on(world, common, policy, {**outcome.signals, "noise": panel}, "given")
    own = played_on(world, common, policy, outcome.signals, "own")
    assert np.array_equal(fed.nav, given.nav)
    assert not np.array_equal(fed.nav, own.nav)


def test_hindsight_is_said_everywhere(outcome):
    assert set(outcome.hindsight) == {"oracle", "label"}
    text = table(outcome.verdicts)
    assert text.count("[hindsight]") == 2
    assert "oracle" not in summary(outcome.verdicts)
    one = next(verdict for verdict in outcome.verdicts.verdicts if verdict.signal == "oracle")
    assert "no one could have followed it" in answers(one, outcome.verdicts)[0].text


# --- words


def test_one_line_a_signal(outcome):
    lines = table(outcome.verdicts).splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("---")) + 1
    names = ["passive", *judged_signals(outcome.scenario.file)]
    assert [line.split()[0] for line in lines[start : start + 8]] == names
    assert f"{outcome.metrics['passive'].sharpe:.2f}" in lines[start].replace("−", "-")
    assert "none of 2 signals beats volatility" in summary(outcome.verdicts)


def test_answers_follow_the_intervals(outcome, verdicts):
    one = verdicts["noise"]
    gap = one.against["volatility"]["sharpe"]

    def with_gaps(low, high):
        moved = {name: {"sharpe": gap._replace(low=low, high=high)} for name in one.against}
        return replace(one, against=moved, corrected=None)

    assert with_gaps(0.1, 0.2).against_rivals == "better"
    assert with_gaps(-0.2, -0.1).against_rivals == "worse"
    assert with_gaps(-0.2, 0.1).against_rivals == "open"
    assert with_gaps(np.nan, np.nan).against_rivals == "open"
    mixed = dict(with_gaps(0.1, 0.2).against)
    mixed["past"] = {"sharpe": gap._replace(low=-0.01, high=0.2)}
    assert replace(one, against=mixed, corrected=None).against_rivals == "open"  # it must beat every one of them
    assert replace(one, against=mixed).hardest == "past"
    mixed["past"] = {"sharpe": gap._replace(low=-0.3, high=-0.1)}
    worse = replace(one, against=mixed)
    assert worse.against_rivals == "worse"  # than one of them is enough
    assert short(worse).startswith("worse than past;")


def test_signals_judged_together_are_corrected(outcome, verdicts):
    real = [verdict for verdict in verdicts.values() if not verdict.rival and not verdict.hindsight]
    assert {verdict.corrected.together for verdict in real} == {2}
    assert all(verdict.corrected.placebos >= verdict.chance for verdict in real)
    assert verdicts["oracle"].corrected is None
    assert verdicts["volatility"].corrected is None
    one = verdicts["noise"]
    gap = one.against["volatility"]["sharpe"]._replace(low=0.1, high=0.2)
    lucky = replace(one, against={"volatility": {"sharpe": gap}}, corrected=Corrected(8, 0.2, 0.3))
    assert lucky.against_rivals == "open"
    assert short(lucky).startswith("better than volatility alone, not as one of 8 signals")
    assert replace(lucky, corrected=Corrected(8, 0.05, 0.3)).against_rivals == "better"


def test_the_chance_of_a_placebo_counts_the_signal_itself():
    figures = np.tile(np.arange(9.0)[:, None], (1, len(PAIRED)))
    placebos = Placebos(np.arange(9), figures)
    assert placebos.chance("sharpe", 100.0) == pytest.approx(0.1)
    assert placebos.chance("sharpe", -1.0) == pytest.approx(1.0)
    assert placebos.chance("sharpe", 6.0) == pytest.approx((1 + 2 + 0.5) / 10)
    assert placebos.chance("cost_bps_annual", -1.0) == pytest.approx(0.1)  # less is better
    same = Placebos(np.arange(99), np.zeros((99, len(PAIRED))))
    assert same.chance("sharpe", 0.0) == pytest.approx(0.505)  # never on: neither better nor worse than chance


@pytest.mark.parametrize("count", [19, 99, 199, 500])
def test_the_bar_is_where_timing_begins_to_be_shown(verdicts, count):
    values = np.random.default_rng(count).normal(size=count)
    placebos = Placebos(np.arange(count), np.tile(values[:, None], (1, len(PAIRED))))
    bar = placebos.bar("sharpe", 0.9)
    for own, answer in ((np.nextafter(bar, np.inf), "better"), (np.nextafter(bar, -np.inf), "open")):
        one = replace(verdicts["noise"], placebos=placebos, figures={"sharpe": own}, corrected=None)
        assert one.against_placebos == answer
    assert np.isnan(placebos.bar("sharpe", 0.999))


# --- how a scenario asks for it


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"judge": judge_keys(policy="outt")}, "judge.policy: no policy 'outt'; did you mean 'out'"),
        ({"judge": judge_keys(against=["vol"])}, "judge.against: no signal 'vol'"),
        ({"judge": judge_keys(signals=["orakle"])}, "judge.signals: no signal 'orakle'; did you mean 'oracle'"),
        ({"judge": judge_keys(policy="monthly")}, "policies.monthly follows no signal"),
        ({"judge": judge_keys(against=[])}, "judge.against"),
        ({"judge": judge_keys(measure="beauty")}, "judge.measure"),
        ({"judge": judge_keys(placebo=3)}, "unknown key 'placebo' in .judge.; did you mean 'placebos'"),
        (
            {"policies": {**TABLES["policies"], "oracle": {"kind": "hold"}}},
            "would be named after it, but policies.oracle is another one",
        ),
    ],
)
def test_what_cannot_be_asked_is_named(changes, message):
    with pytest.raises(ScenarioError, match=message):
        scenario(**changes)


def test_a_signal_without_a_state_cannot_be_judged(folder):
    with pytest.raises(ScenarioError, match="'month' has no column 'state'"):
        replay(build(scenario(judge=judge_keys(signals=["month"])), folder))


def test_a_rival_needs_a_measure(folder):
    judge = judge_keys(against=["noise"], signals=["oracle"])
    with pytest.raises(ScenarioError, match="'noise' has no measure to set a level on"):
        replay(build(scenario(judge=judge), folder))


def test_nothing_is_judged_unless_asked(folder):
    tables = {name: table for name, table in TABLES.items() if name != "judge"}
    run = replay(build(with_own(validate(tables, locate("stress-signals"))), folder))
    assert run.verdicts is None
    assert set(run.metrics) == {"passive", "monthly", "out"}
