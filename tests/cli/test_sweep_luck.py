"""What luck explains of the best trial of a sweep: figures of the run that asks for the same, and shards alike."""

from __future__ import annotations

import json
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.luck import SweepLuck, SweepVersus
from scenarios.cli import main
from scenarios.sweep import Options, parse_grid, sweep
from scenarios.sweep import luck as room
from scenarios.sweep.luck import sweep_luck
from scenarios.sweep.table import as_text
from simulator.metrics import (
    Difference,
    Overfitting,
    Superiority,
    deflated_sharpe,
    moments,
    overfitting,
    probabilistic_sharpe,
)
from tests.sweeping import write_small


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A sweep of six trials with paths, and its folder."""
    home = tmp_path_factory.mktemp("luck")
    write_small(home)
    grid = parse_grid(["policies.threshold.band=0.01,0.05,0.1"])
    return home, sweep(str(home / "small.toml"), grid, home / "out", data=home / "data", options=Options())


def test_the_best_is_judged_by_the_returns_of_its_own_run(swept, monkeypatch):
    home, made = swept
    monkeypatch.chdir(home)
    told = json.loads(Path("out/metrics.json").read_text())
    best = told["best"][0]
    changed = [f"{key}={value}" for key, value in best["settings"].items() if value is not None]
    words = [word for text in changed for word in ("--set", text)]
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "run", *words]) == 0
    assert json.loads(Path("run/metrics.json").read_text())["policies"][best["policy"]]["sharpe"] == pytest.approx(
        best["history"]["sharpe"], rel=1e-12
    )
    returns = pd.read_parquet("run/ledger/returns.parquet")
    excess = (returns[best["policy"]] - returns[" cash"]).to_numpy()
    annual = made.report.history[:, room.SHARPE]
    of = moments(excess)
    root = annual.max() / of.sharpe
    luck = told["luck"]
    assert luck["trials"] == luck["compared"] == len(annual) == 7
    assert luck["deflated_sharpe"] == pytest.approx(deflated_sharpe(of, annual.std(ddof=1) / root, 7), rel=1e-6)
    assert luck["chance_above_equals"] == pytest.approx(
        probabilistic_sharpe(of, told["expected_best_sharpe"] / root), rel=1e-6
    )
    assert made.report.explained.sentence in made.report.luck


def test_trials_are_held_against_the_benchmark_as_the_policies_of_a_run_are(swept, monkeypatch):
    """Up to twelve trials take as many redrawn histories as a run: intervals are the run's to rounding."""
    home, made = swept
    monkeypatch.chdir(home)
    told = json.loads(Path("out/metrics.json").read_text())
    band = next(row for row in told["best"] if row["policy"] == "threshold")
    words = ["--set", f"policies.threshold.band={band['settings']['policies.threshold.band']}"]
    assert main(["run", "small.toml", "--data", "data", "--quiet", "--no-tearsheets", "--out", "held", *words]) == 0
    ran = json.loads(Path("held/metrics.json").read_text())["versus"]["threshold"]["sharpe"]
    assert band["sharpe_against_benchmark"] == pytest.approx(ran, rel=1e-6, abs=1e-9)
    assert ran["low"] < ran["value"] < ran["high"]
    passive = next(row for row in told["best"] if row["policy"] == "passive")
    assert "sharpe_against_benchmark" not in passive
    assert max(row["confidence_set_chance"] for row in told["best"]) == 1.0
    versus = made.report.versus
    alike = [number for number in versus.gaps if versus.is_alike(number)]
    assert alike
    page, text = unescape(Path("out/index.html").read_text()), as_text(made.report)
    for said in (made.report.against(alike[0]), versus.sentence):
        assert said.endswith(("≈", "on average)."))
        assert said in page
    assert "against passive" in text
    assert "Hansen's test, p = " in text.replace("\n", " ")


def test_a_rival_has_the_terms_of_its_own_point(swept):
    """The grid moves the lag: each trial is held against the passive policy of the same lag."""
    home, _ = swept
    grid = parse_grid(["execution.lag=1,5"])
    made = sweep(str(home / "small.toml"), grid, home / "lags", data=home / "data", options=Options())
    plan, versus = made.plan, made.report.versus
    held = plan.policies.index("passive")
    sharpe = made.report.history[:, room.SHARPE]
    assert len({int(number) for number in plan.answers[:, held]}) == 2
    for point, numbers in enumerate(plan.answers):
        for number in set(numbers) - {numbers[held]}:
            gap = sharpe[number] - sharpe[plan.answers[point, held]]
            assert versus.gaps[int(number)].value == pytest.approx(gap, abs=1e-9)


def test_overfitting_is_that_of_the_trials_side_by_side(swept):
    _, made = swept
    runs = room._replayed(made.plan, made.plan.jobs)
    rows = np.stack([run.observations.returns - run.observations.cash for run in runs])
    assert made.report.explained.overfit == overfitting(rows)
    annual = [run.observations for run in runs]
    shown = [moments(trial.returns - trial.cash).sharpe * np.sqrt(trial.per_year) for trial in annual]
    assert shown == pytest.approx(made.report.history[:, room.SHARPE].tolist(), rel=1e-9)


def test_what_learns_is_left_open_and_many_are_thinned(swept, monkeypatch):
    _, made = swept
    plan, history = made.plan, made.report.history
    best = int(np.argmax(history[:, room.SHARPE]))
    monkeypatch.setattr(room, "_is_cheap", lambda plan, job: job.number != best)
    open_ = sweep_luck(plan, history)
    assert (open_.deflated, open_.chance, open_.compared) == (None, None, 6)
    assert open_.sentence.startswith("How sure the best is remains open here")
    assert "1 of 7 trials is not among those compared (–)" in open_.sentence
    monkeypatch.undo()
    monkeypatch.setattr(room, "_MOST", 3)
    few = sweep_luck(plan, history)
    assert (few.compared, few.trials) == (3, 7)
    assert few.deflated == made.report.explained.deflated  # the best is among them
    assert "the best of 3 of them" in few.sentence
    assert "not among those compared" not in few.sentence  # of very many some are left out, for another reason
    assert sweep_luck(plan, np.full_like(history, np.nan)) is None


def test_the_sentence_by_hand():
    sure = SweepLuck(9, 0.9, 0.97, 0.96, Overfitting(0.25, 0.0, 12870, 16), 9)
    assert sure.sentence == (
        "That the best is above the luckiest of 9 without merit has a chance of 97.0% (deflated Sharpe ratio); above "
        "the luckiest of as many equals, of 96.0%: more than luck among equals. Chosen in one half of the history, the "
        "best of all is below the middle in the other half in 25% of 12,870 ways to halve it (probability of backtest "
        "overfitting; 50% is a choice that says nothing)."
    )
    lucky = replace(sure, deflated=0.4, chance=0.1, overfit=None).sentence
    assert "40.0% (deflated Sharpe ratio, not distinguishable from luck)" in lucky
    assert lucky.endswith("of 10.0%: not distinguishable from luck.")


def test_what_is_said_of_all_trials_by_hand():
    gaps = {1: Difference(0.2, 0.1, 0.3, 1.0), 2: Difference(-0.1, -0.3, 0.1, 0.2)}
    one = SweepVersus("passive", gaps, {0: 0.04, 1: 1.0, 2: 0.3}, Superiority(0.01, 0.02, 0.03), 0.9, 500, 20)
    assert [one.is_alike(trial) for trial in gaps] == [False, True]
    assert one.sentence == (
        "At least one trial is better than passive under the same terms (Hansen's test, p = 0.02). 2 of 3 trials are "
        "in the set that holds the best of them in 90% of histories; ≈ in the table: luck explains the difference to "
        "passive (90% interval, 500 redrawn histories in blocks of 20 sessions on average)."
    )
    luck = replace(one, superior=Superiority(0.1, 0.2, 0.3)).sentence
    assert luck.startswith(
        "That any trial is better than passive under the same terms is not distinguishable from luck"
    )
    assert one.of(1)["confidence_set_chance"] == 1.0
    assert one.of(0) == {"confidence_set_chance": 0.04}
    assert one.of(7) == {}


def test_a_frontier_chooses_nothing(swept, monkeypatch):
    home, _ = swept
    monkeypatch.chdir(home)
    shock = ["--shock", "volume-collapse:from=2001-09-03,days=20,severity=1", "--grid", "shocks.*.severity=0,1"]
    assert main(["sweep", "small.toml", "--data", "data", *shock, "--quiet", "--out", "frontier"]) == 0
    assert "luck" not in json.loads(Path("frontier/metrics.json").read_text())
