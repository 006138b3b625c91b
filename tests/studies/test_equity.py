"""``undertow study equity-liquidity``: labels and features by hand, the paper's rows, a made market, bad tables."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GridSearchCV

from scenarios.cli import main
from scenarios.instruments import stated_instruments
from scenarios.load import validate
from scenarios.progress import Silent
from scenarios.study.equity import run
from scenarios.study.equity.data import read_equity_data
from scenarios.study.equity.run import Options, _computed
from signals.equity import models
from signals.equity.bars import ShareBars
from signals.equity.features import features
from signals.equity.labels import Window, amihud_peaks, falls, liquid_by_rank
from signals.equity.published import TABLES, recovered
from signals.equity.scores import Counts, auc
from signals.equity.validate import Task
from simulator.core.errors import DataError
from simulator.liquidity.share_law import Checklist, share_treatment

WINDOW = Window("hand", np.datetime64("2008-09-01"), np.datetime64("2008-10-31"))

#: As the study has them: the tests of how they are run leave only the cheap ones.
EVERY_MODEL = dict(models.MODELS)


def bars(prices, volume=None, sectors=None):
    prices = np.asarray(prices, float)
    volume = np.full(prices.shape, 1000.0) if volume is None else np.asarray(volume, float)
    days = pd.bdate_range("2008-06-02", periods=prices.shape[0]).to_numpy().astype("datetime64[D]")
    names = tuple(f"S{number:02d}" for number in range(prices.shape[1]))
    sectors = np.array(["x"] * len(names) if sectors is None else sectors)
    return ShareBars(days, names, sectors, prices, prices * volume, volume)


def test_the_worst_fall_is_over_twenty_sessions_that_end_in_the_window():
    prices = np.full((100, 2), 100.0)
    prices[70:, 0] = 60.0  # one jump within the window: ln 0.6 over any 20 sessions across it
    prices[60:, 1] = 99.0
    prices[:40, 1] = 200.0  # before the window; sessions 60 to 79 look back on no session before 45
    made = bars(prices)
    assert made.sessions[65] == np.datetime64("2008-09-01")
    np.testing.assert_allclose(falls(made, WINDOW), [np.log(0.6), np.log(0.99)])


def test_the_amihud_peak_is_the_largest_mean_of_twenty_sessions():
    prices = np.full((100, 1), 100.0)
    prices[80:] = 110.0  # +10% on one session, on 110 x 1000 traded
    np.testing.assert_allclose(amihud_peaks(bars(prices), WINDOW), [0.1 / 110_000 / 20])
    silent = np.full((100, 1), 1000.0)
    silent[75:80] = 0.0  # five sessions without volume are left out of the mean
    np.testing.assert_allclose(amihud_peaks(bars(prices, silent), WINDOW), [0.1 / 110_000 / 15])


def test_the_amihud_label_calls_as_many_liquid():
    assert liquid_by_rank(np.array([3.0, 1.0, 2.0, 4.0]), 0.5).tolist() == [False, True, True, False]


def test_features_rest_on_what_went_before_the_window_alone():
    rng = np.random.default_rng(5)
    prices = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.02, (100, 8)), axis=0))
    volume = rng.uniform(1e3, 1e5, (100, 8))
    before = features(bars(prices, volume), WINDOW, 60)
    prices[65:] *= rng.uniform(0.5, 2.0, (35, 8))
    volume[65:] *= 7.0
    after = features(bars(prices, volume), WINDOW, 60)
    for name, values in before.items():
        assert np.array_equal(values, after[name]) is (not name.endswith("inside")), name


def test_beta_and_size_by_hand():
    prices = np.full((100, 2), 100.0)
    for t in range(1, 100):
        step = 0.01 if t % 2 else -0.01
        prices[t] = prices[t - 1] * (1.0 + step * np.array([1.0, 3.0]))
    found = features(bars(prices, np.tile([1000.0, 3000.0], (100, 1))), WINDOW, 60)
    np.testing.assert_allclose(found["beta"], [0.5, 1.5])  # the index moves 2 where they move 1 and 3
    middle = np.median(prices[5:65] * [1000.0, 3000.0], axis=0)
    np.testing.assert_allclose(found["size"], np.log1p(middle))
    np.testing.assert_allclose(found["part"], middle / middle.sum())


@pytest.mark.parametrize("label", TABLES)
def test_every_printed_decimal_of_the_paper_follows_from_the_counts(label):
    assert len(TABLES[label]) == 12
    for row in TABLES[label]:
        scores = recovered(row, label).scores()
        for printed, key in (
            (row.accuracy, "accuracy"),
            (row.error, "error"),
            (row.sensitivity, "sensitivity"),
            (row.specificity, "specificity"),
            (row.balanced_accuracy, "balanced_accuracy"),
            (row.weighted_liquid, "weighted_liquid_printed"),
            (row.weighted_illiquid, "weighted_illiquid_printed"),
        ):
            assert abs(100.0 * scores[key] - printed) <= 0.05 + 1e-9, (row.model, key)
    chosen = recovered(TABLES["price_drop"][5], "price_drop")
    assert chosen == Counts(244, 96, 135, 407)
    assert chosen.scores()["weighted_liquid_stated"] == pytest.approx((0.75 * 244 / 340 + 0.25 * 407 / 542) / 2)


def test_scores_are_sklearns():
    rng = np.random.default_rng(3)
    actual, probability = rng.random(200) < 0.4, np.round(rng.random(200), 2)
    scores = Counts.of(probability >= 0.5, actual).scores()
    assert scores["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(actual, probability >= 0.5))
    assert auc(probability, actual) == pytest.approx(roc_auc_score(actual, probability))


def test_the_law_of_shares():
    assert share_treatment(Checklist()) == ("2B", 0.5, 0.5, 0.5)
    assert share_treatment(Checklist(proven_in_stress=False), "eu") == ("other", 1.0, 1.0, 0.85)
    assert Checklist(not_financial=False).failed == ("not_financial",)
    assert "major_index" in Checklist().unknown


def table(shares=120, sessions=150):
    """A made market: what is more volatile before the window falls further in it."""
    rng = np.random.default_rng(11)
    days = pd.bdate_range("2008-06-02", periods=sessions)
    wild = rng.uniform(0.01, 0.04, shares)
    steps = rng.normal(0.0, 1.0, (sessions, shares)) * wild
    steps[75:95] -= 0.8 * wild  # logs fall by 40% on average, by 64% at worst
    prices = 50.0 * np.exp(np.cumsum(steps, axis=0))
    volume = np.exp(rng.normal(12.0, 1.0, shares)) * np.exp(rng.normal(0.0, 0.3, (sessions, shares)))
    sectors = ["Energy", "Financials", "Utilities"]
    return pd.concat(
        pd.DataFrame(
            {
                "Symbol": f"S{k:03d}",
                "timestamp": days,
                "close": prices[:, k],
                "adjusted_close": prices[:, k],
                "volume": volume[:, k].round(),
                "gics_sector": sectors[k % 3],
            }
        )
        for k in range(shares)
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shares")
    table().to_csv(folder / "bars.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def quick():
    """The cheap models alone: what is asked here is how they are run."""
    kept = ("rusboost", "logistic-balanced", models.SIZE, models.ALWAYS)
    with pytest.MonkeyPatch.context() as patch:
        for name in set(models.MODELS) - set(kept):
            patch.delitem(models.MODELS, name)
        patch.setattr(run, "CHECKED", kept[:2])
        patch.setattr(run, "SETS", [shown for shown in run.SETS if shown.name in ("V4", "V4+past", "V4-inside")])
        yield


@pytest.fixture(scope="module")
def written(home, quick):
    out = home / "out"
    asked = ["study", "equity-liquidity", "--data", str(home), "--out", str(out), "--seeds", "2", "--workers", "1"]
    assert main([*asked, "--quiet"]) == 0
    return out


def test_metrics_are_what_the_predictions_say(written):
    told = json.loads((written / "metrics.json").read_text())
    rows = pd.read_parquet(written / "predictions.parquet")
    assert list(rows) == ["label", "set", "model", "seed", "fold", "asset", "probability", "actual"]
    assert told["window"]["name"] == "global financial crisis 1"
    for (label, shown, model), part in rows.groupby(["label", "set", "model"]):
        found = told["labels"][label]["sets"][shown]["models"][model]
        each = [balanced_accuracy_score(rows.actual, rows.probability >= 0.5) for _, rows in part.groupby("seed")]
        assert found["balanced_accuracy"] == pytest.approx(np.mean(each))
        assert found["auc"] == pytest.approx(
            np.mean([roc_auc_score(s.actual, s.probability) for _, s in part.groupby("seed")])
        )
        assert part.groupby(["seed", "asset"]).size().eq(1).all()
    past = told["labels"]["price_drop"]["sets"]["V4+past"]["models"]["logistic-balanced"]
    plain = told["labels"]["price_drop"]["sets"]["V4"]["models"]["logistic-balanced"]
    assert past["auc"] > plain["auc"] + 0.05  # volatility is what was made to matter
    assert told["labels"]["amihud"]["liquid"] == told["labels"]["price_drop"]["liquid"]


def test_the_page_shows_the_metrics(written):
    told = json.loads((written / "metrics.json").read_text())
    page = (written / "index.html").read_text()
    for label in ("price_drop", "amihud"):
        for shown in told["labels"][label]["sets"].values():
            for model in shown["models"].values():
                assert f">{100 * model['balanced_accuracy']:.1f}%<" in page
                assert f">{model['auc']:.2f}<" in page
    assert (
        "nan"
        not in page[page.index("<main>") : page.index("</main>")].replace("financ", "").lower().split("<script")[0]
    )


def test_classes_and_instruments(written):
    classes = pd.read_csv(written / "classes.csv")
    assert len(classes) == 120
    financial = classes[classes.sector == "Financials"]
    assert set(financial.basel_level) == {"other"}
    assert set(classes[classes.liquid & (classes.sector != "Financials")].eu_level) == {"2B"}
    instruments = pd.read_csv(written / "instruments.csv")
    assert instruments.ticker.tolist() == classes.ticker.tolist()


def test_a_scenario_takes_classes_and_haircuts_from_the_folder(written):
    market = {"source": "bundled:us-large-caps", "instruments": {"from": "study", "study": str(written)}}
    tables = {"scenario": {"name": "x"}, "market": market, "portfolio": {"weights": "equal"}, "policies": {"p": {}}}
    stated = stated_instruments(validate(tables, written / "x.toml"), None)
    classes = pd.read_csv(written / "classes.csv").set_index("ticker")
    assert set(stated.fields) == set(classes.index)
    for name, own in stated.fields.items():
        assert own["level"] == classes.basel_level[name]
        assert own["stressed_haircut"] == (0.15 if classes.liquid[name] else 0.3)
    told = json.loads((written / "metrics.json").read_text())["window"]
    assert [str(day) for day in stated.tabled.learned] == [told["first"], told["last"]]


def test_the_number_of_processes_changes_nothing():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 3))
    actual = x[:, 0] + rng.normal(size=60) > 0.0
    tasks = [(Task(x, actual, model), seed) for model in ("rusboost", "logistic-balanced") for seed in (4, 5)]
    alone, shared = (list(_computed(tasks, Options(workers=workers), Silent())) for workers in (1, 2))
    for left, right in zip(alone, shared, strict=True):
        np.testing.assert_array_equal(left[0], right[0])
        np.testing.assert_array_equal(left[1], right[1])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda t: t.drop(columns="volume"), "has no column volume"),
        (lambda t: pd.concat([t, t.head(1)]), "S000 has two rows for 2008-06-02; keep one"),
        (lambda t: t.assign(close=-t["close"]), "column close: -"),
        (lambda t: t.assign(timestamp="soon"), "column date"),
        (lambda t: t[t["Symbol"] < "S010"], "only 10 shares have all of their days"),
        (lambda t: t[t["timestamp"] < "2008-09-20"], "covers no window of stress"),
    ],
)
def test_bad_tables_are_one_line(tmp_path, capsys, spoil, said):
    spoil(table()).to_csv(tmp_path / "bars.csv", index=False)
    out = tmp_path / "out"
    assert main(["study", "equity-liquidity", "--data", str(tmp_path), "--out", str(out), "--quiet"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_no_data_is_one_line(tmp_path):
    for folder, said in ((None, "say --data DIR"), (tmp_path / "none", "no such folder"), (tmp_path, "holds no CSV")):
        with pytest.raises(DataError, match=said):
            read_equity_data(folder)


def test_what_the_optimised_models_search_is_as_stated():
    """Another grid or another size is another study: its figures would change without a word."""
    estimators = {name: model.make(7) for name, model in EVERY_MODEL.items()}
    assert {name: made.param_grid for name, made in estimators.items() if isinstance(made, GridSearchCV)} == {
        "optimised-bagged": {"min_samples_leaf": [1, 10], "max_features": [0.3, None]},
        "optimised-ensemble": {"n_estimators": [30, 90], "max_depth": [2, 3], "learning_rate": [0.05]},
        "optimised-tree": {"max_leaf_nodes": [4, 8, 16, 32], "min_samples_leaf": [1, 10]},
        "naive-bayes": {"gaussiannb__var_smoothing": [1e-9, 1e-3, 1e-1]},
        "svm": {"svc__C": [0.3, 1.0, 10.0], "svc__gamma": ["scale", 0.02]},
    }
    assert estimators["optimised-bagged"].estimator.n_estimators == 60
    assert estimators["optimised-ensemble"].estimator.subsample == 0.7
    boosted = estimators["boosted-trees"]
    assert (boosted.n_estimators, boosted.learning_rate) == (30, 0.1)
    assert (boosted.estimator.max_leaf_nodes, boosted.estimator.min_samples_leaf) == (21, 5)
    assert estimators["neural-network"][-1].hidden_layer_sizes == (10,)
