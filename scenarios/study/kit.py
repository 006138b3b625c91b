"""What every study has of the command line: its name, its common options, its progress, its last lines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from scenarios.options import say_report, target_of

if TYPE_CHECKING:
    from scenarios.progress import Progress
    from signals.stress.models import ModelSpec
    from signals.stress.validation import AnswerCache

#: Options that are whole numbers, wherever a study has them, and the least that each may be.
_LEAST: Final = {"workers": 1, "seed": 0, "horizon": 1, "systems": 0}


class Finished(NamedTuple):
    """A study that has been run: ``write`` leaves its folder behind, ``text`` is what the terminal says of it."""

    write: Callable[[Path], None]
    text: str


def _by_study(given: argparse.Namespace) -> str:
    return str(given.study)


class StudyCommand(NamedTuple):
    """One study of ``undertow study``.

    ``add`` registers its options, ``run`` carries it out and imports what that takes, ``folder`` names the folder of
    ``out/`` that its report goes to unless ``--out`` says otherwise.
    """

    name: str
    brief: str
    about: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Progress], Finished]
    folder: Callable[[argparse.Namespace], str] = _by_study


def carry_out(study: StudyCommand, given: argparse.Namespace) -> None:
    """Run a study, write its folder, say what it found.

    Raises
    ------
    UndertowError
        Before anything is computed where its folder could not be written or an option is impossible.
    """
    from scenarios.progress import progressing

    out = target_of(given, study.folder(given), f"{study.name} study")
    _check_least(given)
    with progressing(given.quiet) as progress:
        finished = study.run(given, progress)
    finished.write(out)
    say_report(finished.text, out)


def _check_least(given: argparse.Namespace) -> None:
    from simulator.core.errors import ParameterError

    for name, least in _LEAST.items():
        value = getattr(given, name, None)
        if value is not None and value < least:
            raise ParameterError(f"--{name} must be at least {least}, not {value}")


def add_data(parser: argparse.ArgumentParser, about: str) -> None:
    """Where the data are; ``about`` says what lies there."""
    parser.add_argument("--data", type=Path, metavar="DIR", default=os.environ.get("UNDERTOW_DATA"), help=about)


def add_out(parser: argparse.ArgumentParser, folder: str) -> None:
    """Where the report goes; ``folder`` is the one of ``out/`` it goes to by default, in words."""
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"where the report goes (default: out/{folder})")


def add_seed(parser: argparse.ArgumentParser, of: str) -> None:
    """The seed; ``of`` says of what."""
    parser.add_argument("--seed", type=int, default=0, metavar="N", help=f"of {of} (0)")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """In how many processes."""
    parser.add_argument(
        "--workers", type=int, metavar="N", help="processes (one a core); the results do not depend on it"
    )


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """Whether progress is shown."""
    parser.add_argument("--quiet", action="store_true", help="no progress, only the tables")


def add_fresh_answers(parser: argparse.ArgumentParser) -> None:
    """Whether kept answers of models are passed over."""
    parser.add_argument("--fresh", action="store_true", help="fit everything again instead of reading kept answers")


def answers_of(given: argparse.Namespace) -> AnswerCache | None:
    """Where kept answers of models are; ``None`` where they are passed over."""
    from signals.stress.validation import AnswerCache

    return None if given.fresh else AnswerCache.of_user()


def own_estimator(name: str, plugins: Sequence[Path]) -> ModelSpec:
    """The user's own estimator ``module:Class``.

    Raises
    ------
    UndertowError
        If there is none of that name, or it is no estimator.
    """
    from scenarios.plugins import OwnFiles, find
    from signals.stress.models import own_model

    return own_model(name, find(name, {}, "--model", OwnFiles(plugins=tuple(plugins))))
