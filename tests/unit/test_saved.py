"""Saved forecasts: the same to the bit, on the same data, unchanged, or refused in one line."""

from __future__ import annotations

import functools
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skops.io
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.cli import main
from signals import StressForecast
from signals.stress.forecast import FrozenStress
from signals.stress.models import MODELS
from signals.stress.saved import RefitCache, load, save
from signals.stress.saved import folder as folders
from signals.stress.saved.parts import assembled, parts
from signals.stress.saved.stored import Stored
from simulator import Features
from simulator.core.errors import DataError, ParameterError, UndertowError
from simulator.features import Workspace
from tests.support import random_market, same

MARKET = random_market(11, sessions=900, series=True, crises=True)
FEATURES = Features(MARKET)


def small(**options):
    given = {"min_train": 504, "refit_every": 63, "horizon": 5, "enter": 0.5, "exit": 0.2, **options}
    return StressForecast(**({"options": {"n_estimators": 10}} | given))


@pytest.fixture(scope="module")
def frozen():
    return small().frozen(FEATURES)


@pytest.fixture(scope="module")
def stored(frozen, tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved") / "forecast"
    save(frozen, FEATURES, folder)
    return folder


def copied(folder: Path, to: Path) -> Path:
    to.mkdir()
    for path in folder.iterdir():
        (to / path.name).write_bytes(path.read_bytes())
    return to


def resealed(folder: Path, **facts: object) -> None:
    """A manifest with other facts and right digests: what a stranger can make."""
    held = json.loads((folder / folders.MANIFEST).read_text()) | facts
    held.pop("sha256")
    names = [path.name for path in folder.iterdir() if path.name != folders.MANIFEST]
    held["files"] = {name: folders.digest((folder / name).read_bytes()) for name in names}
    (folder / folders.MANIFEST).write_bytes(folders._sealed(held))


def refused(folder: Path, features: Features = FEATURES) -> str:
    with pytest.raises(DataError) as error:
        load(folder, features)
    assert "\n" not in str(error.value)
    return str(error.value)


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


PLAIN = [
    name for name, spec in MODELS.items() if not (spec.needs or spec.window) and spec.family not in ("naive", "control")
]
#: Models that are XGBoost's trees, or hold some.
BOOSTED = ("xgboost", "average", "stacked")


@pytest.mark.parametrize("model", ["xgboost", "logit"])
def test_several_markets_at_once_are_those_one_by_one_to_the_bit(model, frozen):
    """Trees are asked once for the rows of all markets; a model that says nothing of rows is asked market by market."""
    learnt = frozen if model == "xgboost" else small(model="logit", options={}).frozen(FEATURES)
    others = [Features(random_market(seed, sessions=900, series=True, crises=True)) for seed in (12, 13)]
    shorter = Features(MARKET.between(0, 600))
    markets = [FEATURES, *others, shorter]
    asked = [fit.model for fit in learnt.fitted if hasattr(fit.model, "predict_proba")]
    calls = []
    for fitted in asked:
        told = fitted.predict_proba
        fitted.predict_proba = lambda x, told=told: calls.append(len(x)) or told(x)
    together = learnt.compute_together(markets)
    assert len(calls) == len(asked) if model == "xgboost" else len(calls) > len(asked)
    for fitted in asked:
        del fitted.predict_proba
    for features, panel in zip(markets, together, strict=True):
        alone = learnt.compute(features)
        assert same(panel.values, alone.values)
        assert np.isfinite(alone.column("probability")).sum() >= 96
        assert (panel.known_at == alone.known_at).all()


def test_a_market_that_begins_later_meets_each_model_on_its_own_sessions(frozen):
    """Model k says k: from the 504th session on by 63, of a market that lacks the first 300 from the 204th on."""
    told = [fit._replace(model=float(k)) for k, fit in enumerate(frozen.fitted)]
    simple = FrozenStress(frozen.rule, told, frozen.columns, sessions=frozen.sessions)
    later = Features(MARKET.between(300, 900))
    warmup = frozen.rule.frozen_warmup(later)
    assert warmup == 256 == frozen.rule.features_warmup(Workspace(later))  # illiquidity against its own year
    probability = simple.compute(later).column("probability")
    expected = np.where(np.arange(600) < 256, np.nan, (np.arange(600) + 300 - 504) // 63)
    assert same(probability, expected)
    assert same(simple.compute_together([FEATURES, later])[1].column("probability"), expected)
    assert small(scale="percentile").frozen_warmup(later) == 256 + 252


def test_the_event_is_left_out_where_nobody_reads_it(frozen):
    assert frozen.reading(["state", "event"]).compute(FEATURES).columns == ("probability", "event", "state")
    bare, whole = frozen.reading(["state"]).compute(FEATURES), frozen.compute(FEATURES)
    assert bare.columns == ("probability", "state")
    for name in bare.columns:
        assert same(bare.column(name), whole.column(name))
    assert (bare.known_at == whole.known_at).all()


@pytest.mark.parametrize("name", PLAIN)
def test_every_model_comes_back_to_the_bit(name):
    if MODELS[name].extra:
        pytest.importorskip("optuna")
    rng = np.random.default_rng(3)
    x, asked = rng.standard_normal((300, 20)), rng.standard_normal((100, 20))
    y = (x[:, 0] + 0.5 * rng.standard_normal(300) > 1.0).astype(float)
    model = MODELS[name].make(0)
    model.fit(x, y)
    held = parts(model)
    again = assembled(held)
    assert type(again) is type(model)
    assert same(again.predict_proba(asked), model.predict_proba(asked))
    assert same(model.predict_proba(asked), assembled(parts(again)).predict_proba(asked)), "saving took it apart"
    assert ("booster-0.ubj" in held) == name.startswith(BOOSTED)


@pytest.mark.parametrize("classes", [2, 3])
def test_boosted_trees_are_read_from_a_cache_to_the_bit_without_skops(monkeypatch, classes):
    rng = np.random.default_rng(classes)
    x, y = rng.standard_normal((200, 5)), rng.integers(0, classes, 200).astype(float)
    model = MODELS["xgboost"].make(0, **({} if classes == 2 else {"objective": "multi:softprob"}))
    model.fit(x, y)
    common = assembled(parts(model))
    monkeypatch.setitem(sys.modules, "skops.io", None)
    held = parts(model, quick=True)
    assert sorted(held) == ["booster-0.ubj", "estimator.json"]
    again = assembled(held, check=False)
    assert type(again) is type(model)
    assert again.classes_.tolist() == list(range(classes))
    assert again.classes_.dtype == model.classes_.dtype
    assert str(again.get_params()) == str(common.get_params())
    assert same(again.predict_proba(x), model.predict_proba(x))
    with pytest.raises(DataError, match="cannot be read"):
        assembled({**held, "estimator.json": b"[]"})


def test_what_is_no_plain_figure_or_no_boosted_trees_is_kept_in_the_common_format():
    x, y = np.random.default_rng(1).standard_normal((80, 3)), np.arange(80) % 2 * 1.0
    odd = MODELS["xgboost"].make(0, monotone_constraints=(1, 0, 0))
    other = MODELS["logit"].make(0)
    for model in (odd, other):
        model.fit(x, y)
        held = parts(model, quick=True)
        assert "estimator.skops" in held
        assert same(assembled(held).predict_proba(x), model.predict_proba(x))


@pytest.mark.parametrize("settings_", [{}, {"model": "logistic", "options": {}, "scale": "percentile", "window": 300}])
def test_a_loaded_forecast_says_the_same_to_the_bit(tmp_path, settings_):
    signal = small(**settings_)
    save(signal.frozen(FEATURES), FEATURES, tmp_path / "a")
    again = load(tmp_path / "a", Features(MARKET))
    assert same(again.compute(FEATURES).values, signal.compute(FEATURES).values)
    assert (again.rule.scale, again.rule.window, again.name) == (signal.scale, signal.window, signal.name)


def test_a_refit_that_knew_one_class_alone_is_saved_too(tmp_path):
    calm = Features(random_market(3, sessions=700, series=True))
    one = small(event="onset", legs=["funding", "spread", "impact"]).frozen(calm)
    assert any(isinstance(fit.model, float) for fit in one.fitted)
    save(one, calm, tmp_path / "calm")
    assert same(load(tmp_path / "calm", calm).compute(calm).values, one.compute(calm).values)


def test_xgboost_reads_its_own_format(stored):
    from xgboost import Booster

    assert len(Booster(model_file=str(stored / "refit-000.booster-0.ubj")).get_dump()) == 10


def test_a_flipped_byte_in_any_file_is_refused(stored, tmp_path):
    folder = copied(stored, tmp_path / "flipped")
    names = sorted(path.name for path in folder.iterdir())
    assert {"manifest.json", "forecasts.npy", "refit-000.booster-0.ubj", "refit-000.estimator.skops"} <= set(names)
    for name in names:
        right = (folder / name).read_bytes()
        for place in (0, len(right) // 2, len(right) - 1):
            wrong = bytearray(right)
            wrong[place] ^= 1
            (folder / name).write_bytes(bytes(wrong))
            assert name in refused(folder)
        (folder / name).write_bytes(right)
    load(folder, FEATURES)


@settings(max_examples=300)
@given(st.data())
def test_no_changed_byte_anywhere_goes_unnoticed(stored, data):
    """Read from memory, so that what is damaged is the one thing that differs."""
    files = {path.name: path.read_bytes() for path in stored.iterdir()}
    name = data.draw(st.sampled_from([*sorted(files), *["manifest.json"] * len(files)]))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    wrong = bytearray(files[name])
    wrong[place] ^= data.draw(st.integers(1, 255))
    files[name] = bytes(wrong)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folders, "_content", lambda _, asked: files.get(asked, b""))
        with pytest.raises(DataError):
            folders.read(stored)


def test_a_missing_or_cut_file_is_refused(stored, tmp_path):
    for number, path in enumerate(sorted(stored.iterdir())):
        folder = copied(stored, tmp_path / str(number))
        (folder / path.name).write_bytes(path.read_bytes()[:-1])
        assert path.name in refused(folder)
        (folder / path.name).unlink()
        assert f"{path.name} is missing" in refused(folder)
    assert "no such folder" in refused(tmp_path / "nowhere")


def test_another_market_is_refused(stored):
    assert "other data than this market's: other features, labels" in refused(
        stored, Features(random_market(12, sessions=900, series=True, crises=True))
    )
    without = replace(MARKET, series={"VIX": MARKET.series["VIX"]})
    assert "columns" in refused(stored, Features(without))
    assert "this market has 2000-01-03 to" in refused(stored, Features(MARKET.between(0, 800)))


def test_one_revised_value_of_the_past_is_refused(stored):
    close = MARKET.close.copy()
    close[700, 2] *= 1.0000001
    assert "features" in refused(stored, Features(replace(MARKET, close=close)))


def test_a_continued_market_is_served_until_the_next_refit_is_due(tmp_path):
    until = MARKET.between(0, 760)
    save(small().frozen(Features(until)), Features(until), tmp_path / "until")
    served = load(tmp_path / "until", FEATURES).compute(FEATURES).column("probability")
    whole = small().compute(FEATURES).column("probability")
    last = 504 + 63 * ((760 - 504) // 63 + 1)
    assert same(served[:last], whole[:last])
    assert np.isfinite(whole[last:]).all()
    assert np.isnan(served[last:]).all()


def test_other_formats_and_versions_are_refused(stored, tmp_path):
    folder = copied(stored, tmp_path / "other")
    held = json.loads((folder / folders.MANIFEST).read_text())
    for facts, words in (
        ({"version": 2}, "has format version 2, this version reads 1"),
        ({"version": "1"}, "has format version '1', this version reads 1"),
        ({"format": "something"}, "is not the manifest of a saved forecast"),
    ):
        held_ = {name: value for name, value in (held | facts).items() if name != "sha256"}
        (folder / folders.MANIFEST).write_bytes(folders._sealed(held_))
        assert words in refused(folder)
    (folder / folders.MANIFEST).write_text("[]")
    assert "is not the manifest" in refused(folder)
    (folder / folders.MANIFEST).write_text("")
    assert "no JSON" in refused(folder)


def test_a_manifest_that_asks_for_other_things_is_refused(stored, tmp_path):
    folder = copied(stored, tmp_path / "asks")
    settings_ = json.loads((folder / folders.MANIFEST).read_text())["forecast"]
    resealed(folder, forecast=settings_ | {"unheard": 1})
    assert "another version" in refused(folder)
    resealed(folder, forecast=settings_ | {"model": "pickle"})
    assert "unknown model 'pickle'" in refused(folder)
    resealed(folder, forecast=settings_ | {"horizon": 6})
    assert "other labels" in refused(folder)
    held = json.loads((folder / folders.MANIFEST).read_text())
    held.pop("sha256")
    held["files"]["../outside"] = "0"
    (folder / folders.MANIFEST).write_bytes(folders._sealed(held))
    assert "no file of this folder" in refused(folder)


def test_nothing_a_stranger_put_into_a_model_is_run(stored, tmp_path):
    """Digests keep out accidents, not strangers; kinds that are not trusted keep out strangers."""
    for number, planted in enumerate(
        (
            functools.partial(os.mkdir, str(tmp_path / "run")),
            os.mkdir,
            {"a": [np.float64(1.0), Planted()]},
        )
    ):
        folder = copied(stored, tmp_path / str(number))
        (folder / "refit-000.estimator.skops").write_bytes(skops.io.dumps(planted))
        resealed(folder)
        assert "holds kinds that are not trusted" in refused(folder)
        assert not (tmp_path / "run").exists()
    imported = {"__class__": "np", "__module__": "signals.stress.models.prepare"}
    from signals.stress.saved.trust import untrusted

    name = f"{imported['__module__']}.{imported['__class__']}"
    assert untrusted([name, "signals.stress.models.registry.partial", "signals.stress.models.prepare.Standardise"]) == [
        name,
        "signals.stress.models.registry.partial",
    ]


class Planted:
    """A kind of someone else's."""

    def __setstate__(self, state):
        raise AssertionError("it was made")

    def __getstate__(self):
        return {"x": 1}


class Strange:
    """A kind of the user's own."""

    def __init__(self):
        self.x = 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"files": "all"}, "files: "),
        ({"columns": {"volatility_5": 1}}, "columns: "),
        ({"sessions": ["2000-01-03", "2001-01-03", "many"]}, "sessions.2: "),
        ({"sessions": ["then", "2001-01-03", 250]}, "sessions.0: "),
        ({"refits": 3}, "refits: "),
        ({"refits": [{"session": "2001-01-03", "files": [1]}]}, "refits.0.files.0: "),
        ({"fingerprint": None}, "fingerprint: "),
        ({"packages": {"numpy": 2}}, "packages.numpy: "),
        ({"forecast": []}, "forecast: "),
        ({"forecast": {"scale": {"probability": 1}}}, "scale: "),
        ({"forecast": {"min_hold": "five"}}, "min_hold: "),
        ({"forecast": {"seed": -1}}, "seed: "),
        ({"forecast": {"columns": "volatility_5"}}, "columns: "),
    ],
)
def test_a_manifest_of_another_shape_is_refused(stored, tmp_path, facts, words):
    """A stranger's manifest whose digests agree: each ended in a traceback somewhere in the run."""
    folder = copied(stored, tmp_path / "shaped")
    held = json.loads((folder / folders.MANIFEST).read_text())
    if isinstance(facts.get("forecast"), dict):
        facts = {"forecast": held["forecast"] | facts["forecast"]}
    manifest = held | facts
    manifest.pop("sha256")
    (folder / folders.MANIFEST).write_bytes(folders._sealed(manifest))
    assert f"its manifest is of another version: {words}" in refused(folder)


def test_forecasts_that_differ_from_those_saved_are_refused(stored, tmp_path, frozen):
    folder = copied(stored, tmp_path / "differ")
    other = small(seed=9).frozen(FEATURES)
    for name, content in parts(other.fitted[1].model).items():
        (folder / f"refit-001.{name}").write_bytes(content)
    resealed(folder)
    assert "forecast something else than when saved (with the same packages)" in refused(folder)


def test_packages_that_changed_since_are_named(monkeypatch):
    monkeypatch.setattr("signals.stress.saved.stored.versions", lambda: {"numpy": "2.5", "scipy": "1.15", "skops": "1"})
    held = Stored(Path(), {"packages": {"numpy": "2.4", "scipy": "1.15", "xgboost": "3.2"}}, {})
    assert held.changed_packages() == ["numpy 2.4, now 2.5", "skops None, now 1", "xgboost 3.2, now None"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "forecasts.npy cannot be read"),
        (b"\x93NUMPY\x01\x00", "forecasts.npy cannot be read"),
        (b"PK\x05\x06" + bytes(18), "forecasts.npy does not hold one forecast a session"),
        (_npy(np.zeros((3, 2))), "forecasts.npy does not hold one forecast a session"),
        (_npy(np.array(["a", "b"])), "forecasts.npy does not hold one forecast a session"),
        (_npy(np.array(0.5)), "forecasts.npy does not hold one forecast a session"),
    ],
)
def test_forecasts_that_are_none_are_refused(stored, tmp_path, content, words):
    folder = copied(stored, tmp_path / "none")
    (folder / "forecasts.npy").write_bytes(content)
    resealed(folder)
    assert words in refused(folder)


def test_a_tree_that_leads_nowhere_is_refused():
    from sklearn.tree import DecisionTreeClassifier

    rng = np.random.default_rng(0)
    for field, wrong in (("left_child", 10_000), ("right_child", 0), ("feature", 7), ("feature", -5)):
        model = DecisionTreeClassifier(max_depth=3).fit(rng.standard_normal((200, 4)), rng.integers(0, 2, 200))
        assembled(parts(model))
        state = model.tree_.__getstate__()
        state["nodes"] = state["nodes"].copy()
        state["nodes"][field][0] = wrong
        model.tree_.__setstate__(state)
        with pytest.raises(DataError, match="leads nowhere"):
            assembled(parts(model))


def test_what_cannot_be_saved_as_figures_is_said():
    class Odd:
        def __init__(self):
            self.call = os.getcwd

        def predict_proba(self, x):
            return x

    with pytest.raises(ParameterError, match="a model of kind Odd cannot be saved"):
        parts(Odd())
    with pytest.raises(ParameterError, match=r"it holds .*Strange"):
        parts({"a": Strange()})
    trusted = f"{Strange.__module__}.Strange"
    held = parts({"a": Strange()}, [trusted])
    assert assembled(held, [trusted])["a"].x == 1
    with pytest.raises(DataError, match="not trusted"):
        assembled(held)


def test_other_features_than_it_was_fitted_on_are_no_company_to_save_it_in(frozen, tmp_path):
    with pytest.raises(ParameterError, match="with the features it was fitted on"):
        save(frozen, Features(replace(MARKET, series={})), tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_folder_appears_whole_or_not_at_all(frozen, tmp_path, monkeypatch):
    target = tmp_path / "kept"
    target.mkdir()
    (target / "letter.txt").write_text("mine")
    with pytest.raises(DataError, match="holds other things"):
        save(frozen, FEATURES, target)
    save(frozen, FEATURES, tmp_path / "good")
    before = (tmp_path / "good" / folders.MANIFEST).read_bytes()
    opened = Path.open

    def full(self, *how, **more):
        if self.name == "refit-003.booster-0.ubj":
            raise OSError(28, "No space left on device")
        return opened(self, *how, **more)

    monkeypatch.setattr(Path, "open", full)
    for name in ("new", "good"):
        with pytest.raises(DataError, match="cannot be written: No space left on device"):
            save(frozen, FEATURES, tmp_path / name)
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good", "kept"]
    assert (tmp_path / "good" / folders.MANIFEST).read_bytes() == before
    load(tmp_path / "good", FEATURES)
    save(small(seed=5).frozen(FEATURES), FEATURES, tmp_path / "good")
    assert load(tmp_path / "good", FEATURES).rule.seed == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["good", "kept"]


# The cache of refits.


def kept(cache: RefitCache) -> list[Path]:
    return sorted(cache.folder.rglob("*.model"))


def never():
    raise AssertionError("a model was made")


def test_the_cache_gives_the_same_bytes_and_fits_nothing_again(tmp_path):
    right = small().compute(FEATURES).values
    cache = RefitCache(tmp_path)
    first = small(refit_cache=cache)
    assert same(first.compute(FEATURES).values, right)
    assert len(kept(cache)) == 7
    second = small(refit_cache=RefitCache(tmp_path))
    second.make = never
    assert same(second.compute(FEATURES).values, right)


def test_a_history_that_goes_on_finds_its_earlier_refits(tmp_path):
    cache = RefitCache(tmp_path)
    small(refit_cache=cache).compute(Features(MARKET.between(0, 800)))
    assert len(kept(cache)) == 5
    made = []
    longer = small(refit_cache=cache)
    make = longer.make
    longer.make = lambda: made.append(1) or make()
    assert same(longer.compute(FEATURES).values, small().compute(FEATURES).values)
    assert len(made) == 2


def test_other_settings_and_other_data_are_not_confused(tmp_path):
    cache = RefitCache(tmp_path)
    small(refit_cache=cache).compute(FEATURES)
    for other in ({"seed": 1}, {"options": {"n_estimators": 11}}, {"horizon": 6}, {"columns": ["volatility"]}):
        alone = small(**other).compute(FEATURES).values
        assert same(small(refit_cache=cache, **other).compute(FEATURES).values, alone), other
    market = Features(random_market(12, sessions=900, series=True, crises=True))
    assert same(small(refit_cache=cache).compute(market).values, small().compute(market).values)


def test_rows_shape_labels_model_options_and_seed_decide_where_a_model_lies(tmp_path):
    cache = RefitCache(tmp_path)
    x, y = np.arange(12.0).reshape(4, 3), np.array([0.0, 1.0, 0.0, 1.0])
    one = cache.of("xgboost", {"n_estimators": 3}, 0)
    paths = {
        one.path((x, y)),
        one.path((x, 1.0 - y)),
        one.path((x.reshape(3, 4), y)),
        one.path((x + 1e-12, y)),
        cache.of("logistic", {"n_estimators": 3}, 0).path((x, y)),
        cache.of("xgboost", {"n_estimators": 4}, 0).path((x, y)),
        cache.of("xgboost", {"n_estimators": 3}, 1).path((x, y)),
    }
    assert len(paths) == 7
    assert one.path((x.copy(), y.copy())) in paths


def test_a_kept_model_is_really_used_and_a_damaged_one_is_not(tmp_path):
    cache = RefitCache(tmp_path)
    right = small(refit_cache=cache).compute(FEATURES).values
    paths = kept(cache)
    names = [str(path.relative_to(cache.folder)) for path in paths]
    models = [cache.kept.get(name) for name in names]
    for name, model in zip(names, [*models[1:], models[0]], strict=True):
        cache.kept.put(name, model)
    assert not same(small(refit_cache=cache).compute(FEATURES).values, right)
    for name, model in zip(names, models, strict=True):
        cache.kept.put(name, model)
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)  # each whole, and in another's place
    assert same(small(refit_cache=cache).compute(FEATURES).values, right)
    assert [cache.kept.get(name) for name in names].count(None) == 0, "not kept anew"
    contents = [path.read_bytes() for path in paths]
    for place in (0, 64, 1000, min(map(len, contents)) - 1):
        damaged = [bytearray(content) for content in contents]
        for path, wrong in zip(paths, damaged, strict=True):
            wrong[place] ^= 128
            path.write_bytes(bytes(wrong))
        assert same(small(refit_cache=cache).compute(FEATURES).values, right)
        assert all(path.read_bytes() != wrong for path, wrong in zip(paths, damaged, strict=True)), "not kept anew"
    paths[0].write_bytes(b"")
    assert same(small(refit_cache=cache).compute(FEATURES).values, right)


def test_where_nothing_can_be_kept_it_is_done_without(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    right = small().compute(FEATURES).values
    assert same(small(refit_cache=RefitCache(tmp_path / "file")).compute(FEATURES).values, right)
    cache = RefitCache(tmp_path / "full")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert same(small(refit_cache=cache).compute(FEATURES).values, right)
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []
    assert cache.of("xgboost", {"callbacks": [never]}, 0) is None


def test_builds_unused_for_a_month_are_forgotten(tmp_path):
    old, young = "a" * 16, "b" * 16
    for name, age in ((old, 40), (young, 3)):
        (tmp_path / name).mkdir()
        when = (tmp_path / name).stat().st_mtime - age * 86_400
        os.utime(tmp_path / name, (when, when))
    cache = RefitCache(tmp_path)
    cache.folder.mkdir()
    cache.kept.put("a", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([young, cache.folder.name])


def test_errors_of_saved_forecasts_are_ours():
    assert issubclass(DataError, UndertowError)


def test_verify_says_what_a_reader_would_refuse(stored, tmp_path, capsys):
    folder = copied(stored, tmp_path / "forecast")
    assert main(["verify", str(folder)]) == 0
    assert capsys.readouterr() == (f"{folder}: every file is as it was written\n", "")
    for number, path in enumerate(sorted(folder.iterdir())):
        right = path.read_bytes()
        for wrong in (None, b"", right[:-1], right[:9] + bytes([right[9] ^ 1]) + right[10:]):
            path.unlink() if wrong is None else path.write_bytes(wrong)
            assert main(["verify", str(folder)]) == 2, (number, wrong)
            line = capsys.readouterr().err
            assert line.startswith(f"undertow: {folder}: {path.name}"), line
            assert line.count("\n") == 1
            path.write_bytes(right)
    (folder / "mine.txt").write_text("")
    assert main(["verify", str(folder)]) == 2
    assert capsys.readouterr().err == f"undertow: {folder}: mine.txt: was not saved with the forecast\n"
