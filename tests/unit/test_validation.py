"""Metrics worked by hand and against sklearn, intervals, and the runner that feeds them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from signals.stress.labels import Label
from signals.stress.models import MODELS, Answer
from signals.stress.validation import (
    AnswerCache,
    Bootstrap,
    Candidate,
    Problem,
    Scored,
    auc,
    average_precision,
    block_weights,
    calibration_error,
    compare,
    forecasts,
    interval,
    measure,
    runner,
    shuffled,
)
from simulator.core.errors import ParameterError, PluginError
from simulator.core.panels import Panel
from tests.recompute import recompute

GREEN, AMBER, RED = 0.0, 1.0, 2.0


def scored(actual, status, probability=None, wait=7):
    actual, status = np.asarray(actual, float), np.asarray(status, float)
    dates = np.datetime64("2010-01-01", "D") + np.arange(actual.size)
    chance = np.eye(3)[status.astype(int)] if probability is None else np.asarray(probability, float)
    return Scored(dates, dates + wait, actual, status, chance)


def random_scored(seed, n=600):
    rng = np.random.default_rng(seed)
    chance = np.round(rng.dirichlet([4, 1, 0.6], n), 2)
    chance[:, 0] = 1.0 - chance[:, 1:].sum(axis=1)
    actual = np.array([rng.choice(3, p=row) for row in np.clip(chance, 0, None)], float)
    return scored(actual, chance.argmax(axis=1), chance)


def plain(one):
    return {name: float(value[0]) for name, value in measure(one).items()}


def test_the_papers_scores_by_hand():
    # Table 5 with TG 5, FA1 2, FR1 1; FG1 1, TA 3, FR2 2; FG2 1, FA2 1, TR 4
    cells = [(0, 0, 5), (0, 1, 2), (0, 2, 1), (1, 0, 1), (1, 1, 3), (1, 2, 2), (2, 0, 1), (2, 1, 1), (2, 2, 4)]
    actual = [a for a, _, n in cells for _ in range(n)]
    status = [s for _, s, n in cells for _ in range(n)]
    one = scored(actual, status)
    got = plain(one)
    assert one.counts().tolist() == [[5, 2, 1], [1, 3, 2], [1, 1, 4]]
    assert got["accuracy"] == pytest.approx(12 / 20)
    assert got["ws"] == pytest.approx((3 + 2 + 1 + 4) / 12)
    assert got["wws"] == pytest.approx((3 + 0.5 * 2 + 0.5 * 1 + 4) / 12)
    assert got["tra"] == pytest.approx(4 / 6)
    assert got["alert_precision"] == pytest.approx(10 / 13)
    assert got["precision.amber"] == pytest.approx(3 / 6)
    assert got["recall.amber"] == pytest.approx(3 / 6)
    assert got["precision.red"] == pytest.approx(4 / 7)
    assert got["f1.red"] == pytest.approx(2 * 4 / (7 + 6))
    assert got["alert_share"] == pytest.approx(13 / 20)


def test_probabilities_by_hand():
    chance = [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6], [0.5, 0.3, 0.2], [0.2, 0.6, 0.2]]
    got = plain(scored([GREEN, RED, GREEN, RED], [0, 2, 0, 1], chance))
    assert got["auc_red"] == pytest.approx((1 + 1 + 1 + 0.5) / 4)  # pairs .6>.1, .6>.2, .2>.1, .2=.2
    assert got["pr_auc_red"] == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    by_row = [0.3**2 + 0.2**2 + 0.1**2, 0.1**2 + 0.3**2 + 0.4**2, 0.5**2 + 0.3**2 + 0.2**2, 0.2**2 + 0.6**2 + 0.8**2]
    assert got["brier"] == pytest.approx(sum(by_row) / 4)
    red = (0.01 + 0.16 + 0.04 + 0.64) / 4
    assert got["brier_red"] == pytest.approx(red)
    assert got["brier_skill_red"] == pytest.approx(1 - red / 0.25)
    assert got["calibration_error_red"] == pytest.approx((0.1 + 0.4 + 0.2 + 0.8) / 4)  # a bin a day


def test_what_is_undefined_is_nan():
    got = plain(scored([GREEN] * 30, [0] * 30))
    for name in ("ws", "wws", "tra", "alert_precision", "auc_red", "pr_auc_red", "brier_skill_red", "onset_recall"):
        assert np.isnan(got[name]), name
    assert got["accuracy"] == 1.0
    assert got["false_alarms_a_year"] == 0.0


def test_onsets_and_false_alarms_by_hand():
    actual, status = np.zeros(120), np.zeros(120)
    actual[30:40] = AMBER  # an onset, called three days before it began and ten before its status was published
    status[27:29] = RED
    actual[45:50] = RED  # within 21 sessions of the last: no onset
    actual[80:85] = AMBER  # an onset, called on the day its status was published: too late
    status[87] = AMBER
    status[100:103] = AMBER  # one false alarm of three days
    got = plain(scored(actual, status))
    assert got["onset_recall"] == pytest.approx(1 / 2)
    assert got["lead_days"] == pytest.approx(10)  # published on day 37, called on day 27
    # the call of day 87 comes after its spell has ended, and no stress follows: false as well
    assert got["false_alarms_a_year"] == pytest.approx(2 * 365 / 120)  # the dates are all days there are


@pytest.mark.parametrize(
    ("days", "a_year"),
    [
        (pd.bdate_range("2010-01-01", periods=900), 252),
        (pd.bdate_range("2010-01-01", periods=900)[np.arange(900) % 60 < 50], 252),
        (pd.date_range("2010-01-01", periods=900), 365),
        (pd.date_range("2010-01-01", periods=300, freq="W"), 52),
    ],
    ids=["weekdays", "weekdays of which some were not forecast", "every day", "weeks"],
)
def test_false_alarms_a_year_are_of_the_rhythm_of_the_sessions(days, a_year):
    """One alarm that nothing follows, in n sessions."""
    n = len(days)
    actual, status = np.zeros(n), np.arange(n) == 100
    dates = days.to_numpy().astype("datetime64[D]")
    made = Scored(dates, dates + 7, actual, status * AMBER, np.eye(3)[status.astype(int)])
    assert plain(made)["false_alarms_a_year"] == pytest.approx(a_year / n)


@pytest.mark.parametrize("seed", range(4))
def test_every_score_is_found_again_by_other_means(seed):
    one = random_scored(seed)
    tiers = np.array(["green", "amber", "red"])
    rows = pd.DataFrame(one.probability, columns=["p_green", "p_amber", "p_red"])
    rows["date"], rows["known_at"] = pd.DatetimeIndex(one.dates), pd.DatetimeIndex(one.known_at)
    rows["actual"], rows["status"] = tiers[one.actual.astype(int)], tiers[one.status.astype(int)]
    theirs, ours = recompute(rows), plain(one)
    for name, value in ours.items():
        group, _, key = name.partition(".")
        expected = theirs[group][key] if key else theirs[group]
        assert value == pytest.approx(np.nan if expected is None else expected, abs=1e-12, nan_ok=True), name


def test_weights_repeat_days():
    """A day that counts twice scores as if it were there twice."""
    one = random_scored(3, 200)
    weights = np.random.default_rng(0).integers(0, 4, (3, 200)).astype(float)
    chance, event = one.probability[:, 2], one.actual == RED
    got = measure(one, weights)
    for row in range(3):
        repeat = np.repeat(np.arange(200), weights[row].astype(int))
        assert got["auc_red"][row] == pytest.approx(sk.roc_auc_score(event[repeat], chance[repeat]))
        assert got["pr_auc_red"][row] == pytest.approx(sk.average_precision_score(event[repeat], chance[repeat]))
        assert got["accuracy"][row] == pytest.approx((one.actual == one.status)[repeat].mean())
        stressed = one.actual[repeat] > 0
        assert got["ws"][row] == pytest.approx((one.status[repeat][stressed] > 0).mean())


def test_ranking_needs_both_kinds_of_days():
    w = np.ones((1, 3))
    assert np.isnan(auc(np.arange(3.0), np.zeros(3, bool), w)[0])
    assert np.isnan(auc(np.arange(3.0), np.ones(3, bool), w)[0])
    assert average_precision(np.arange(3.0), np.ones(3, bool), w)[0] == 1.0
    assert calibration_error(np.array([0.0, 1.0, 1.0]), np.array([False, True, True]), w)[0] == 0.0


def test_blocks_of_days_are_drawn_together():
    weights = block_weights(400, draws=50, block=20, seed=1)
    assert weights.shape == (50, 400)
    assert (weights.sum(axis=1) == 400).all()
    changes = (np.diff(weights, axis=1) != 0).sum(axis=1)
    assert changes.max() <= 2 * 20  # 20 blocks, each with two ends
    assert np.array_equal(weights, block_weights(400, draws=50, block=20, seed=1))
    assert not np.array_equal(weights, block_weights(400, draws=50, block=20, seed=2))


def test_an_interval_leaves_out_equally_much_on_both_sides():
    got = interval(3.0, np.arange(101.0), 0.9)
    assert got == pytest.approx((3.0, 5.0, 95.0))
    assert np.isnan(interval(3.0, np.full(5, np.nan)).low)


def test_intervals_cover_a_known_truth():
    """Accuracy of independent days: the block interval is about as wide as the binomial one."""
    rng = np.random.default_rng(0)
    actual = rng.choice(3, 2000, p=[0.6, 0.3, 0.1]).astype(float)
    status = np.where(rng.random(2000) < 0.8, actual, 0.0)
    card = compare({"a": scored(actual, status)}, [], Bootstrap(draws=2000))["a"].scores["accuracy"]
    width = 2 * 1.645 * np.sqrt(card.value * (1 - card.value) / 2000)
    assert card.high - card.low == pytest.approx(width, rel=0.15)


def test_differences_are_paired():
    """Two models with the same faults differ by exactly nothing, however wide their own intervals."""
    one = random_scored(1)
    better = scored(one.actual, np.where(np.arange(600) % 5 == 0, one.actual, one.status), one.probability)
    cards = compare({"rule": one, "twin": one, "better": better}, ["rule"], Bootstrap(draws=200))
    assert cards["twin"].versus["rule"]["ws"] == (0.0, 0.0, 0.0)
    gap = cards["better"].versus["rule"]["accuracy"]
    assert 0.0 < gap.low < gap.value < gap.high
    assert gap.high - gap.low < cards["rule"].scores["accuracy"].high - cards["rule"].scores["accuracy"].low
    assert "rule" not in cards["rule"].versus


def test_scores_are_refused_where_something_is_unknown():
    with pytest.raises(PluginError, match="both known"):
        scored([GREEN, np.nan], [0, 0])
    one = scored([GREEN, RED], [0, 0])
    with pytest.raises(PluginError, match="order of time"):
        Scored(one.dates[::-1], one.known_at, one.actual, one.status, one.probability)


# --- the runner


def problem(n=300, seed=0):
    rng = np.random.default_rng(seed)
    sessions = np.datetime64("2010-01-01", "D") + np.arange(n)
    x = rng.standard_normal((n, 3))
    level = x[:, 0] + 0.3 * rng.standard_normal(n)
    bounds = np.tile(np.quantile(level, [0.85, 0.95]), (n, 1))
    values = (level[:, None] > bounds).sum(axis=1).astype(float)
    label = Label("t", "t", sessions, values, sessions, classes=("green", "amber", "red"))
    return Problem(Panel(sessions, ("a", "b", "c"), x, sessions), label, {"level": level, "bounds": bounds})


def candidates(*names):
    return [Candidate(MODELS[name], ("a", "b", "c")) for name in names]


def same(ours, theirs):
    return all(
        np.array_equal(ours[name].probability, theirs[name].probability)
        and np.array_equal(ours[name].status, theirs[name].status)
        for name in ours
    )


def test_answers_do_not_depend_on_workers_company_or_cache(tmp_path):
    one = problem()
    splits = shuffled(one.label, 3)
    both = forecasts(candidates("rusboost", "ridge-nowcast"), one, splits, workers=1)
    assert same(both, forecasts(candidates("rusboost", "ridge-nowcast"), one, splits, workers=2))
    assert same(forecasts(candidates("rusboost"), one, splits, workers=1), both)
    cache = AnswerCache(tmp_path)
    assert same(both, forecasts(candidates("rusboost", "ridge-nowcast"), one, splits, workers=1, cache=cache))
    kept = sorted(tmp_path.rglob("*.npz"))
    assert len(kept) == 6
    again = forecasts(candidates("rusboost", "ridge-nowcast"), one, splits, workers=1, cache=cache)
    assert same(both, again)
    assert not same(both, forecasts(candidates("rusboost", "ridge-nowcast"), one, splits, workers=1, seed=1))


def test_a_cached_answer_is_really_used_and_a_damaged_one_is_not(tmp_path):
    one, cache = problem(), AnswerCache(tmp_path)
    splits = shuffled(one.label, 3)
    right = forecasts(candidates("rusboost"), one, splits, workers=1, cache=cache)
    path = min(tmp_path.rglob("*.npz"))
    held = cache.get(path.stem)
    assert held is not None
    cache.put(path.stem, Answer(held.probability[:, ::-1], held.status))
    assert not same(right, forecasts(candidates("rusboost"), one, splits, workers=1, cache=cache))
    path.write_bytes(path.read_bytes()[:100])
    assert cache.get(path.stem) is None
    assert same(right, forecasts(candidates("rusboost"), one, splits, workers=1, cache=cache))


def test_an_answer_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    one, cache = problem(), AnswerCache(tmp_path)
    monkeypatch.setattr(Path, "replace", full)
    forecasts(candidates("tree-coarse"), one, shuffled(one.label, 3), workers=1, cache=cache)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_other_data_are_fitted_again(tmp_path):
    cache = AnswerCache(tmp_path)
    for seed in (0, 1):
        one = problem(seed=seed)
        forecasts(candidates("tree-coarse"), one, shuffled(one.label, 3), workers=1, cache=cache)
    assert len(sorted(tmp_path.rglob("*.npz"))) == 6


def test_impossible_runs_are_refused():
    one = problem()
    splits = shuffled(one.label, 3)
    with pytest.raises(ParameterError, match="each named once"):
        forecasts(candidates("rusboost", "rusboost"), one, splits)
    with pytest.raises(ParameterError, match="occurs twice"):
        forecasts(candidates("rusboost"), one, [*splits, splits[0]])


def test_too_few_rows_for_a_model_are_said_with_its_name():
    """A class of five rows has no covariance of fourteen columns."""
    from signals.stress.validation.runner import _fit, _Seen

    seen = _Seen(np.random.default_rng(0).normal(size=(43, 14)), np.arange(43))
    y = np.repeat([0.0, 1.0], [38, 5])
    with pytest.raises(ParameterError, match="quadratic: cannot be fitted on 43 rows, 5 of the rarest"):
        _fit(MODELS["discriminant-quadratic"], 0, {}, seen, y, seen, 2, {}, {})


def test_a_worker_hands_back_the_line_of_a_model_that_cannot_be_fitted(monkeypatch):
    def unable(spec, *_):
        raise ParameterError(f"model {spec.name}: cannot be fitted on 60 rows")

    monkeypatch.setattr(runner, "_fit", unable)
    found = runner._tried(MODELS["tree-coarse"])
    assert isinstance(found, ParameterError)
    assert str(found) == "model tree-coarse: cannot be fitted on 60 rows"
    assert found.__traceback__ is None
    with pytest.raises(ParameterError):  # a user's own model is for its author to look into
        runner._tried(replace(MODELS["tree-coarse"], family="own"))
