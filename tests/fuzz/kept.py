"""What commands have written themselves, damaged: saved models, the chunks of a sweep, finished folders, caches."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from unittest import mock

from scenarios.build import build
from scenarios.load import load
from scenarios.sweep.store import Store
from signals.stress.forecast import FrozenStress
from signals.stress.saved import save
from simulator.features import Features
from tests.sweeping import write_small

from .families import TO, Case, Draw
from .home import ask
from .text import damaged

_GRID: Final = ("--grid", "policies.band.band=0.01,0.02", "--grid", "execution.lag=1,2", "--chunk", "2")
SWEEP: Final = ("sweep", "small.toml", *TO, "--workers", "1", *_GRID)
_SPAN: Final = ("--set", "scenario.start=2002-06-03", "--set", "scenario.end=2003-01-31")
_SAVED: Final = ("run", "saved.toml", *_SPAN, "--data", "kept/ml/data", "--quiet", "--no-tearsheets", "--out", "made")
_FITTED: Final = ("run", "fitted.toml", *_SAVED[2:])
_STRESS: Final = """
[signals.stress]
kind = "stress-forecast"
min_train = 600
refit_every = 84
horizon = 5
enter = 0.1
exit = 0.06
options = { n_estimators = 5, n_jobs = 1 }
[policies.ml]
kind = "de-risk"
signal = "stress"
base = "passive"
"""
_STORED: Final = """
[signals.stress]
kind = "saved-forecast"
path = "models/stress"
[policies.ml]
kind = "de-risk"
signal = "stress"
base = "passive"
"""


def furnish(home: Path) -> None:
    """Write, under ``kept``, what commands write: a run, an interrupted and a finished sweep, a forecast, a cache."""
    kept = home / "kept"
    kept.mkdir()
    _keep(home, ("run", "small.toml", *TO, "--no-tearsheets"), {"made": "run"})
    _keep(home, SWEEP, {"made": "sweep"})
    with mock.patch.object(Store, "write", _interrupted(Store.write)):
        assert ask(SWEEP).status == 130
    shutil.move(home / "made.work", kept / "work")
    text = write_small(kept / "ml", 900, crises=True).read_text()
    text = text[: text.index("[signals.vol]")] + '[policies.passive]\nkind = "hold"\n'
    (home / "long.toml").write_text(text)
    (home / "fitted.toml").write_text(text + _STRESS)
    (home / "saved.toml").write_text(text + _STORED)
    scenario = build(load("fitted.toml", _SPAN[1::2]), kept / "ml" / "data")
    features = Features(scenario.market)
    frozen: FrozenStress = scenario.signals["stress"].frozen(features)  # type: ignore[attr-defined]
    save(frozen, features, kept / "ml" / "models" / "stress")
    _keep(home, _FITTED, {"made": "fitted", "cache": "cache"})


def _keep(home: Path, words: tuple[str, ...], what: dict[str, str]) -> None:
    answer = ask(words)
    assert answer.status == 0, answer.err
    for name, kept in what.items():
        shutil.move(home / name, home / "kept" / kept)


def _interrupted(write: Callable[..., None]) -> Callable[..., None]:
    """Writing chunks, until the third."""
    written: list[Any] = []

    def some(store: Store, chunk: Any, figures: Any) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(chunk)
        write(store, chunk, figures)

    return some


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != "lock"
    )


def _changed(
    folder: Path, target: str, draw: random.Random, names: list[str] | None = None
) -> tuple[tuple[str, bytes | None], ...]:
    """One file of a folder damaged, gone, swapped for another, or of other JSON; or a file more."""
    names = _files(folder) if names is None else names
    name, other = draw.choice(names), draw.choice(names)
    content = (folder / name).read_bytes()
    kind = draw.choice(("damage", "damage", "damage", "gone", "swap", "json", "more"))
    at = f"{target}/{name}"
    if kind == "gone":
        return ((at, None),)
    if kind == "swap":
        return ((at, (folder / other).read_bytes()), (f"{target}/{other}", content))
    if kind == "json" and name.endswith(".json"):
        return ((at, other_json(content, draw)),)
    if kind == "more":
        more = draw.choice(("notes.txt", f"{name}.part", ".hidden", "chunk-000009.parquet", "é", "a.model"))
        return ((f"{target}/{more}", draw.choice((b"", b"mine", content))),)
    return ((at, damaged(content, draw)),)


_VALUES: Final = (
    None,
    True,
    -1,
    0,
    1e308,
    10**400,
    "",
    "x",
    "\0",
    "é",
    [],
    [[]],
    {},
    {"a": {}},
    [None],
    "2002-06-03",
    3.5,
)


def other_json(content: bytes, draw: random.Random) -> bytes:
    """JSON with one value of another kind; a digest of itself in it is made right again."""
    if draw.random() < 0.2:
        return json.dumps(draw.choice(_VALUES)).encode()
    whole = json.loads(content)
    _mutate(whole, draw)
    if isinstance(whole, dict) and "sha256" in whole:
        del whole["sha256"]
        whole["sha256"] = hashlib.sha256((json.dumps(whole, indent=1, sort_keys=True) + "\n").encode()).hexdigest()
    return (json.dumps(whole, indent=1, sort_keys=True) + "\n").encode()


def _mutate(whole: Any, draw: random.Random) -> None:
    """Replace, remove or add one value, at any depth."""
    while True:
        places = list(whole) if isinstance(whole, dict) else list(range(len(whole)))
        if not places:
            return
        place = draw.choice(places)
        if isinstance(whole[place], dict | list) and whole[place] and draw.random() < 0.7:
            whole = whole[place]
            continue
        kind = draw.random()
        if kind < 0.15:
            del whole[place]
        elif kind < 0.3 and isinstance(whole, dict):
            whole[draw.choice(("more", "", "../x", "kind"))] = draw.choice(_VALUES)
        elif kind < 0.5 and isinstance(whole[place], int | float):
            whole[place] = whole[place] * draw.choice((2, 0, -1)) + draw.choice((0, 1))
        else:
            whole[place] = draw.choice(_VALUES)
        return


def models(draw: random.Random, home: Path) -> Case:
    """The folder of a saved forecast, read by a run that is otherwise right."""
    folder, copies = home / "kept" / "ml" / "models" / "stress", (("ml/models", "models"),)
    words = (*_SAVED, *_keys_of_saved(draw))
    if draw.random() < 0.35:
        return Case(words, (), copies)
    if draw.random() < 0.4:
        return Case(
            words,
            (("models/stress/manifest.json", other_json((folder / "manifest.json").read_bytes(), draw)),),
            copies,
        )
    if draw.random() < 0.5:
        return Case(words, _resealed(folder, draw), copies)
    return Case(words, _changed(folder, "models/stress", draw), copies)


def _keys_of_saved(draw: random.Random) -> tuple[str, ...]:
    given = (
        "enter=0.2",
        "exit=0.05",
        "min_hold=0",
        "scale=percentile",
        "enter=1",
        "min_hold=9000",
        "exit=0.9",
        "scale=x",
    )
    return ("--set", f"signals.stress.{draw.choice(given)}") if draw.random() < 0.5 else ()


def _resealed(folder: Path, draw: random.Random) -> tuple[tuple[str, bytes | None], ...]:
    """A file damaged, and the manifest made to agree with it: what a forger does."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    name = draw.choice(sorted(manifest["files"]))
    content = (folder / name).read_bytes()
    content = (
        other_json(content, draw) if name.endswith((".json", ".ubj")) and _is_json(content) else damaged(content, draw)
    )
    manifest["files"][name] = hashlib.sha256(content).hexdigest()
    manifest.pop("sha256")
    manifest["sha256"] = hashlib.sha256((json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()).hexdigest()
    sealed = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    return ((f"models/stress/{name}", content), ("models/stress/manifest.json", sealed))


def _is_json(content: bytes) -> bool:
    try:
        return isinstance(json.loads(content), dict | list)
    except ValueError:
        return False


def chunks(draw: random.Random, home: Path) -> Case:
    """An interrupted sweep gone on with, or a finished one asked again or verified, after its folder was damaged."""
    more = draw.choice(((), (), ("--restart",), ("--set", "costs.eta=0.2")))
    if draw.random() < 0.6:
        folder = home / "kept" / "work"
        names = draw.choice((None, ["plan.json"], [file for file in _files(folder) if file.startswith("chunk")]))
        files = () if draw.random() < 0.1 else _changed(folder, "made.work", draw, names)
        return Case((*SWEEP, *more), files, (("work", "made.work"),))
    folder = home / "kept" / "sweep"
    words = draw.choice(((*SWEEP, *more), ("verify", "made"), SWEEP))
    return Case(words, _changed(folder, "made", draw) if draw.random() < 0.9 else (), (("sweep", "made"),))


def runs(draw: random.Random, home: Path) -> Case:
    """The folder of a finished run, damaged, then verified, run over, or asked for a tear-sheet."""
    folder = home / "kept" / "run"
    sheet = ("tearsheet", "made", draw.choice(("passive", "band", "x")))
    over = ("run", "small.toml", *TO, "--no-tearsheets")
    words = draw.choice((over, over, over, ("verify", "made"), ("verify", "made"), sheet))
    return Case(
        words,
        _changed(folder, "made", draw) if words[0] != "tearsheet" or draw.random() < 0.9 else (),
        (("run", "made"),),
    )


def caches(draw: random.Random, home: Path) -> Case:
    """The cache of fitted models with entries damaged: the run is the same without them."""
    folder = home / "kept" / "cache"
    names = [file for file in _files(folder) if file.endswith(".model")]
    files = dict(_changed(folder, "cache", draw, names))
    if draw.random() < 0.3:
        files |= dict(_changed(folder, "cache", draw, names))
    return Case(_FITTED, tuple(files.items()), (("cache", "cache"),))


KEPT: Final[dict[str, Draw]] = {"models": models, "chunks": chunks, "runs": runs, "caches": caches}
