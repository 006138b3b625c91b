"""Running models over splits: the same answers whatever the number of workers, kept by what they were made from."""

from __future__ import annotations

import hashlib
import os
import warnings
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from signals.stress.labels import Label
from signals.stress.models import OUTCOMES, Answer, ModelSpec, answer, windows
from simulator.core.errors import ParameterError, UndertowError
from simulator.core.panels import Panel
from simulator.core.pools import Bound, pool
from simulator.core.types import FloatArray, IntArray

from .cache import AnswerCache
from .scored import Scored
from .splits import Split


class Candidate(NamedTuple):
    """A model and the columns it sees."""

    spec: ModelSpec
    columns: tuple[str, ...]
    options: Mapping[str, Any] = {}


@dataclass(frozen=True, eq=False)
class Problem:
    """What models are asked.

    Attributes
    ----------
    panel
        Features (T, K) known at each close.
    label
        The classes (T,) and when they were published.
    side
        Further arrays by session for models that need them (:class:`~signals.stress.models.Model`).
    """

    panel: Panel
    label: Label
    side: Mapping[str, FloatArray]

    def given(self, spec: ModelSpec) -> tuple[str, ...]:
        """Names of the arrays a model is given besides its columns."""
        return (*spec.needs, *(name for name in spec.wants if name in self.side))

    def digest(self, columns: Sequence[str], needs: Sequence[str]) -> str:
        """SHA-256 of everything a model of these columns and needs could see."""
        found = hashlib.sha256()
        for array in (self.panel.sessions, self.label.values):
            found.update(np.ascontiguousarray(array).tobytes())
        for name in needs:
            found.update(name.encode() + np.ascontiguousarray(self.side[name]).tobytes())
        for name in columns:
            found.update(name.encode() + self.panel.column(name).tobytes())
        return found.hexdigest()


class _Task(NamedTuple):
    key: str
    candidate: Candidate
    seed: int
    split: Split


def forecasts(
    candidates: Sequence[Candidate],
    problem: Problem,
    splits: Sequence[Split],
    *,
    seed: int = 0,
    workers: int | None = None,
    cache: AnswerCache | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Scored]:
    """Forecasts of every test day by every model; the days are the same for all.

    A fit depends on its model, columns, rows and seed alone, so that neither the number of workers nor the presence
    of other models changes a bit of it.

    Raises
    ------
    ParameterError
        If there is nothing to run, two candidates have one name, or a test day occurs twice.
    """
    names = [candidate.spec.name for candidate in candidates]
    if not names or len(set(names)) < len(names):
        raise ParameterError(f"models to compare must be one or more, each named once, not {names}")
    rows = np.concatenate([split.test for split in splits])
    if np.unique(rows).size < rows.size:
        raise ParameterError("splits: a test day occurs twice; score each path of a combinatorial split by itself")
    tasks = list(_tasks(candidates, problem, splits, seed))
    answers = _solve(tasks, problem, workers, cache, progress)
    return {
        candidate.spec.name: _scored(problem, splits, answers[number * len(splits) : (number + 1) * len(splits)])
        for number, candidate in enumerate(candidates)
    }


def _tasks(candidates: Sequence[Candidate], problem: Problem, splits: Sequence[Split], seed: int) -> Iterator[_Task]:
    for candidate in candidates:
        spec = candidate.spec
        base = f"{spec.name} {spec.text} {spec.window} {sorted(candidate.options.items())} "
        base += problem.digest(candidate.columns, problem.given(spec))
        for number, split in enumerate(splits):
            own = int(np.random.SeedSequence([seed, zlib.crc32(spec.name.encode()), number]).generate_state(1)[0])
            text = hashlib.sha256(f"{base} {own}".encode() + split.train.tobytes() + b"|" + split.test.tobytes())
            yield _Task(text.hexdigest(), candidate, own % (2**31 - 1), split)


def _solve(
    tasks: list[_Task],
    problem: Problem,
    workers: int | None,
    cache: AnswerCache | None,
    progress: Callable[[int, int], None] | None,
) -> list[Answer]:
    found = [None if cache is None or task.candidate.spec.family == "own" else cache.get(task.key) for task in tasks]
    missing = [number for number, answer in enumerate(found) if answer is None]
    done = len(tasks) - len(missing)
    if progress is not None:
        progress(done, len(tasks))
    for number, result in zip(missing, _run([tasks[k] for k in missing], problem, workers), strict=True):
        found[number] = result
        if cache is not None:
            cache.put(tasks[number].key, result)
        done += 1
        if progress is not None:
            progress(done, len(tasks))
    return [answer for answer in found if answer is not None]


def _run(tasks: list[_Task], problem: Problem, workers: int | None) -> Iterator[Answer]:
    count = min(workers or os.cpu_count() or 1, len(tasks))
    if count <= 1:
        yield from (_one(task, problem) for task in tasks)
        return
    from joblib import delayed

    parallel = pool(count, return_as="generator", batch_size="auto", pre_dispatch="4*n_jobs")
    with warnings.catch_warnings():
        # a process that has grown (jax compiles) is replaced between two fits, which changes nothing but its memory
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
        for found in parallel(delayed(Bound(_tried))(*_rows(task, problem)) for task in tasks):
            if isinstance(found, UndertowError):
                raise found
            yield found


def _tried(spec: ModelSpec, *rest: Any) -> Answer | UndertowError:
    """The answer, or the line that says why there is none: joblib prints the traceback of whatever is raised."""
    try:
        return _fit(spec, *rest)
    except UndertowError as error:
        if spec.family == "own":
            raise
        return type(error)(str(error))


def _one(task: _Task, problem: Problem) -> Answer:
    return _fit(*_rows(task, problem))


def _rows(task: _Task, problem: Problem) -> tuple[Any, ...]:
    """Only what the fit may see: the rows it learns from, and the columns of those it is asked."""
    spec, split = task.candidate.spec, task.split
    x = problem.panel.values[:, [problem.panel.index_of(name) for name in task.candidate.columns]]
    names = problem.given(spec)
    return (
        spec,
        task.seed,
        dict(task.candidate.options),
        _seen(x, split.train, spec.window),
        problem.label.values[split.train],
        _seen(x, split.test, spec.window),
        len(problem.label.classes),
        {name: problem.side[name][split.train] for name in names},
        {name: problem.side[name][split.test] for name in names if name not in OUTCOMES},
    )


class _Seen(NamedTuple):
    """Rows of columns (m, K), and which of them (n,) are those meant; the others only lead up to these."""

    values: FloatArray
    rows: IntArray


def _seen(x: FloatArray, rows: IntArray, window: int) -> _Seen:
    """The rows themselves, or the sessions of their windows: windows are made where they are read, being large."""
    if not window or not rows.size:
        return _Seen(x[rows], np.arange(rows.size))
    first = max(int(rows.min()) + 1 - window, 0)
    return _Seen(x[first : int(rows.max()) + 1], rows - first)


def _fit(
    spec: ModelSpec,
    seed: int,
    options: dict[str, Any],
    seen: _Seen,
    y: FloatArray,
    asked: _Seen,
    classes: int,
    side: dict[str, FloatArray],
    asked_side: dict[str, FloatArray],
) -> Answer:
    if spec.window:
        side = side | {"window": windows(*seen, spec.window)}
        asked_side = asked_side | {"window": windows(*asked, spec.window)}
    x, x_asked = (problem.values[problem.rows] for problem in (seen, asked))
    model = spec.make(seed, **options)
    if spec.family == "own":  # what it raises is its author's to see
        return answer(model, x, y, x_asked, classes, side, asked_side)
    try:
        return answer(model, x, y, x_asked, classes, side, asked_side)
    except np.linalg.LinAlgError as error:
        rarest = int(np.unique(y, return_counts=True)[1].min())
        raise ParameterError(
            f"model {spec.name}: cannot be fitted on {y.size} rows, {rarest} of the rarest class ({error}); give a "
            "longer history, or name the models to run with --model"
        ) from error


def _scored(problem: Problem, splits: Sequence[Split], answers: Sequence[Answer]) -> Scored:
    rows = np.concatenate([split.test for split in splits])
    order = np.argsort(rows)
    rows = rows[order]
    return Scored(
        problem.panel.sessions[rows],
        problem.label.known_at[rows],
        problem.label.values[rows],
        np.concatenate([answer.status for answer in answers])[order],
        np.concatenate([answer.probability for answer in answers])[order],
    )
