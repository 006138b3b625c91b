"""Where ``--out`` points: an output folder appears whole or not at all, and only in place of one of its kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.core import folders
from simulator.core.errors import DataError, ScenarioError
from simulator.core.folders import Folder

from .stopping import awaiting
from .verify import complete


def check_target(target: Path, kind: str) -> None:
    """Raise :class:`ScenarioError` unless ``target`` is free, empty, or an earlier output of this kind.

    Kinds: run, sweep, audit, explanation, liquidity, and each study by its name.
    """
    with _of_option():
        folders.check_target(target, kind)
    awaiting(target)


@contextmanager
def staged(target: Path, kind: str) -> Iterator[Folder]:
    """Yield a hidden folder beside ``target`` that takes its place when the block succeeds and vanishes otherwise."""
    check_target(target, kind)
    with _of_option() as passed, folders.staged(target, kind) as stage:
        with passed:
            yield stage
        complete(stage.path, kind)


def put_in_place(stage: Path, target: Path, kind: str) -> None:
    """Put a finished folder where an earlier one of its kind may lie, which goes."""
    with _of_option(), folders.writing(target):
        complete(stage, kind)
        folders.put_in_place(stage, target, kind)


class _Passed:
    """A block whose own errors are none of the option's; ``error`` is the one it raised."""

    error: BaseException | None = None

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self.error = error


@contextmanager
def _of_option() -> Iterator[_Passed]:
    """Say of errors about the folder which option named it."""
    passed = _Passed()
    try:
        yield passed
    except DataError as error:
        if error is passed.error:
            raise
        raise ScenarioError(f"--out {error}") from error
