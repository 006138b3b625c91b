"""``undertow study``: the door to all studies."""

from __future__ import annotations

import argparse
from typing import Any, Final

from .banks.command import BANKS
from .early_warning.command import EARLY_WARNING
from .equity.command import EQUITY
from .kit import StudyCommand, carry_out
from .money.command import MONEY
from .scarce.command import SCARCE
from .stress.command import STRESS_FORECAST

#: Every study, in the order of the help text: **a new study is a name here**.
STUDIES: Final[tuple[StudyCommand, ...]] = (EARLY_WARNING, STRESS_FORECAST, *SCARCE, EQUITY, BANKS, MONEY)


def add_study(commands: Any) -> None:
    """Register the command and its studies; nothing heavy is imported."""
    about = "Ask a paper's question again on your own data, with its naive rivals and its leaks beside it."
    door = commands.add_parser("study", help="repeat a paper's study on your data", description=about)
    studies = door.add_subparsers(dest="study", metavar="STUDY", required=True)
    for study in STUDIES:
        study.add(studies.add_parser(study.name, help=study.brief, description=study.about))


def run_study(given: argparse.Namespace) -> int:
    """Run the study that was asked for; return the exit status."""
    carry_out(next(study for study in STUDIES if study.name == given.study), given)
    return 0
