"""Models that are given more than the columns of a row, as signals of a scenario."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from scenarios.cli import main
from signals import StressForecast
from signals.stress.explain import permutation_importance, surrogate, walk
from signals.stress.models import MODELS, extras
from signals.stress.saved import RefitCache, load, save
from signals.stress.targets import event_label, given_to
from signals.stress.walk_forward import predict
from simulator import Features, MarketData
from simulator.core.errors import ParameterError
from simulator.testing import poison_after, truncate
from tests.cli.test_refits import STRESS
from tests.support import random_market, same
from tests.sweeping import write_small


def with_index(market: MarketData) -> MarketData:
    """A weekly index that comes and goes with the seasons, so that it is amber again and again."""
    index = market.series["STLFSI"]
    noise = np.random.default_rng(2).normal(0.0, 0.3, index.values.size)
    return replace(
        market, series={**market.series, "STLFSI": index.with_values(np.sin(np.arange(noise.size) / 4.0) + noise)}
    )


MARKET = with_index(random_market(11, sessions=900, series=True, crises=True))
FEATURES = Features(MARKET)
DEEP = pytest.mark.skipif(not extras.held("deep"), reason="the extra deep is not installed")
COLUMNS = ["volatility_5", "volatility_21", "return_5", "series"]
NETWORK = {"rounds": 4, "units": 4}

#: By name: event, options.
IN_TIME = {
    "var": ("tier", {}),
    "ridge-nowcast": ("regime", {}),
    "markov-switching": ("stress", {"regimes": 2}),
    "gru": ("stress", NETWORK),
    "lstm": ("tier", NETWORK),
}
EACH = [pytest.param(name, marks=DEEP if MODELS[name].extra else ()) for name in IN_TIME]


def forecast(name: str, **more) -> StressForecast:
    event, options = IN_TIME[name]
    given = {"event": event, "index": "STLFSI", "options": options, "columns": COLUMNS, "horizon": 5}
    return StressForecast(name, **({"min_train": 660, "refit_every": 60} | given | more))


@pytest.mark.parametrize("name", EACH)
def test_another_tomorrow_leaves_today_as_it_was(name):
    signal = forecast(name)
    whole = signal.compute(FEATURES).values
    probability = whole[:, 0]
    assert sum(not isinstance(refit.model, float) for refit in signal.frozen(FEATURES).fitted) >= 3
    assert np.nanstd(probability) > 1e-4
    for t in (675, 760, 841):
        for other in (poison_after(MARKET, t, np.random.default_rng(t)), truncate(MARKET, t)):
            again = forecast(name).compute(Features(other)).values
            assert same(again[: t + 1], whole[: t + 1])
        assert not same(
            forecast(name).compute(Features(poison_after(MARKET, 660, np.random.default_rng(t)))).values, whole
        )


@pytest.mark.parametrize("name", EACH)
def test_yesterday_is_read_where_a_window_is_promised(name):
    """A column changed on one day moves the forecasts of the sessions whose window holds it, and of no other."""
    signal = forecast(name)
    lessons, fitted = signal.lessons(FEATURES), signal.frozen(FEATURES).fitted
    x, day = lessons.features.values, 700
    changed = x.copy()
    changed[day] += 1.0
    moved = predict(fitted, x, lessons.given) != predict(fitted, changed, lessons.given)
    moved &= ~np.isnan(predict(fitted, x, lessons.given))
    reach = max(MODELS[name].window, 1)
    assert moved[day]
    assert not moved[:day].any()
    assert not moved[day + reach :].any()
    assert (moved.sum() > 1) == (MODELS[name].window > 1)


class Spy:
    """A model that only writes down what it is given."""

    learned: ClassVar[list] = []
    asked: ClassVar[list] = []

    def __init__(self, seed):
        del seed

    def fit(self, x, y, **given):
        Spy.learned.append((x, y, given))

    def predict_proba(self, x, **given):
        Spy.asked.append((x, given))
        return np.tile([0.5, 0.5], (len(x), 1))


@pytest.fixture
def spied(monkeypatch):
    Spy.learned.clear()
    Spy.asked.clear()
    monkeypatch.setitem(MODELS, "var", replace(MODELS["var"], make=Spy))
    return Spy


@pytest.mark.parametrize("event", ["tier", "regime"])
def test_outcomes_are_given_to_learn_from_alone_and_only_once_known(spied, event, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    signal = forecast("var", event=event)
    lessons = signal.lessons(FEATURES)
    signal.compute(FEATURES)
    x, sessions = lessons.features.values, MARKET.sessions
    plan = [fold for fold in lessons.plan if np.unique(lessons.target.values[fold.train]).size > 1]
    assert len(plan) == len(spied.learned) >= 2
    for fold, (rows, y, given) in zip(plan, spied.learned, strict=True):
        assert set(given) == {"level", "bounds", "window"}
        assert same(rows, x[fold.train])
        assert same(given["window"][:, -1], rows)
        assert same(given["window"][:, 0], x[fold.train - 41])
        # the level decides the label, and is known when the label is
        assert np.array_equal(given["level"] > 0.0, y == 1.0)
        assert lessons.target.known_at[fold.train].max() < sessions[fold.test[0]]
    assert all(set(given) == {"bounds", "window"} for _, given in spied.asked)
    assert all((given["bounds"] == 0.0).all() for _, given in spied.asked)


@pytest.mark.parametrize("event", ["tier", "regime"])
def test_the_level_stands_above_zero_where_an_event_comes(event):
    label = event_label(FEATURES, event, index="STLFSI")
    for horizon in (1, 5, 30):
        level = given_to(MODELS["var"], FEATURES, event, "STLFSI", horizon).side["level"]
        ahead = [label.values[t + 1 : t + 1 + horizon] for t in range(label.values.size)]
        came = np.array([bool((days == 1.0).any()) for days in ahead])
        complete = np.array([days.size == horizon and not np.isnan(days).any() for days in ahead])
        assert came.any()
        assert (~came & complete).any()
        assert (level[came] > 0.0).all()
        assert (level[~came & complete] <= 0.0).all()


@pytest.mark.parametrize("name", EACH)
def test_kept_refits_are_found_again(name, tmp_path, monkeypatch):
    cache = RefitCache(tmp_path)
    first = forecast(name, refit_cache=cache).compute(FEATURES).values
    models = {path.name for path in cache.folder.rglob("*.model")}
    assert len(models) >= 3
    second = forecast(name, refit_cache=cache)

    def never():
        raise AssertionError("a model was made")

    monkeypatch.setattr(second, "make", never)
    assert same(second.compute(FEATURES).values, first)
    assert same(second.compute(Features(MARKET.between(0, 780))).values, first[:780])


def test_a_window_that_reaches_before_the_rows_decides_which_model_is_kept(tmp_path):
    """Sessions before the first row learned from are no row of x, and still are learned from."""
    signal = forecast("markov-switching", window=300)
    lessons = signal.lessons(FEATURES)
    kept = RefitCache(tmp_path).of("markov-switching", {}, 0)
    rows, x = lessons.plan[1].train, lessons.features.values
    other = x.copy()
    other[rows[0] - 10] += 1.0
    paths = {
        kept.path((columns[rows], lessons.target.values[rows], *lessons.given.decisive(columns, rows)))
        for columns in (x, other)
    }
    assert same(x[rows], other[rows])
    assert len(paths) == 2


@pytest.mark.parametrize("name", EACH)
def test_they_are_saved_and_loaded_to_the_bit(name, tmp_path):
    signal = forecast(name)
    frozen = signal.frozen(FEATURES)
    save(frozen, FEATURES, tmp_path / "kept")
    assert same(load(tmp_path / "kept", FEATURES).compute(FEATURES).values, frozen.compute(FEATURES).values)


def test_they_are_explained_by_what_serves_any_model():
    found = walk(forecast("markov-switching"), FEATURES)
    worth = permutation_importance(found, by="column", repeats=3)
    assert worth.worse.shape == (len(found.columns), 3)
    assert (worth.worse != 0.0).any()
    assert surrogate(found).fidelity
    level = walk(forecast("ridge-nowcast"), FEATURES)
    assert surrogate(level).fidelity


def test_an_importance_changes_the_whole_window():
    """A column matters by its past as well: with the day's own value alone, a window model would hardly notice."""
    found = walk(forecast("markov-switching"), FEATURES)
    given = found.lessons.given
    own, other = np.array([700, 701]), np.array([760, 790])
    model = found.fitted[found.refit_of(700)].model
    from signals.stress.explain.permutation import _told

    told = _told(found, own, other[None], np.arange(len(found.columns)))
    expected = model.predict_proba(found.x[other], **given.to_forecast(found.x, other))[:, 1]
    assert same(told[0], expected)


@pytest.mark.parametrize("event", ["stress", "onset"])
@pytest.mark.parametrize("name", ["var", "ridge-nowcast"])
def test_a_model_of_an_index_is_refused_where_there_is_none(name, event):
    with pytest.raises(ParameterError, match=f"model '{name}' forecasts the level of an index, and event = '{event}'"):
        forecast(name, event=event)


@pytest.mark.parametrize("name", ["last-published", "vix-quantile", "date-only"])
def test_rules_and_the_control_stay_refused(name):
    with pytest.raises(ParameterError, match="needs more than columns and classes"):
        StressForecast(name)


def test_a_scenario_says_in_one_line_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "jax" else object())
    path = write_small(tmp_path, 700)
    path.write_text(path.read_text() + STRESS)
    base = ["run", "small.toml", "--data", "data", "--quiet", "--out", "out", "--set", "signals.stress.options={}"]
    for model, words in (
        ("gru", "signals.stress: model 'gru' needs the extra: pip install 'undertow[deep]'"),
        (
            "var",
            "signals.stress: stress-forecast: model 'var' forecasts the level of an index, and event = 'stress' has",
        ),
        ("date-only", "signals.stress: model 'date-only' needs more than columns and classes"),
        ("grru", "signals.stress: unknown model 'grru'; did you mean 'gru'?"),
    ):
        assert main([*base, "--set", f"signals.stress.model={model}"]) == 2
        err = capsys.readouterr().err
        assert words in err
        assert err.count("\n") == 1
        assert not (tmp_path / "out").exists()
