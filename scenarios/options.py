"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.core.errors import ScenarioError

from .cluster import BACKENDS, Place
from .importing import uncollected
from .refits import UsersRefits

if TYPE_CHECKING:
    from .schema import ScenarioFile
    from .trials.made import Tries


def add_plugins(command: argparse.ArgumentParser) -> None:
    """The option that says where classes of the user's own are."""
    command.add_argument(
        "--plugins",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="folder of your own modules, which may be run as module:Class (may be repeated)",
    )


def add_data(command: argparse.ArgumentParser) -> None:
    """Where the data are; :func:`data_of` reads it."""
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="folder that data paths are under (default: UNDERTOW_DATA)"
    )


def add_common(command: argparse.ArgumentParser) -> None:
    """Where the data are, and what is changed in the scenario."""
    add_data(command)
    command.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="key.path=value", help="change one key"
    )
    command.add_argument(
        "--shock", dest="shocks", action="append", default=[], metavar="kind:key=value,...", help="add a shock"
    )
    add_plugins(command)


def add_fresh(command: argparse.ArgumentParser) -> None:
    """Whether kept models are passed over."""
    command.add_argument("--fresh", action="store_true", help="fit models again instead of reading kept ones")


def add_journal(command: argparse.ArgumentParser) -> None:
    """Whether trials go into the journal."""
    command.add_argument(
        "--no-journal", action="store_true", help="leave what is tried out of the journal that undertow trials prints"
    )


def tries_of(given: argparse.Namespace, scenario: str) -> Tries | None:
    """Where trials of a scenario go; ``None`` where no journal is kept."""
    from .trials.made import tries

    return (
        None
        if given.no_journal
        else tries(scenario, [*given.overrides, *(f"--shock {shock}" for shock in given.shocks)])
    )


#: What ``--backend`` takes for this process.
THREADS: Final = "threads"


def add_backend(command: argparse.ArgumentParser) -> None:
    """Where the work is done, if not in this process."""
    command.add_argument(
        "--backend",
        choices=(THREADS, *BACKENDS),
        help="compute in --workers threads or processes here, or on a Dask or a Ray cluster (extras: dask, ray); the "
        "same bytes; by default threads, and processes for long sweeps in which signals learn",
    )
    command.add_argument(
        "--address",
        metavar="ADDRESS",
        help="of a cluster's scheduler or head (default: one of --workers processes here)",
    )


def place_of(given: argparse.Namespace) -> Place | None:
    """The cluster that is asked for; ``None`` for this process."""
    if given.backend is None:
        if given.address is not None:
            raise ScenarioError(f"--address {given.address}: of which cluster? Add --backend dask or --backend ray")
        return None
    if given.backend == THREADS:
        if given.address is not None:
            raise ScenarioError(
                f"--address {given.address}: --backend threads are of this process; leave one of the two out"
            )
        return None
    if given.address is not None and given.workers is not None:
        raise ScenarioError("--workers with --address: a cluster has its own workers; leave one of the two out")
    return Place(given.backend, given.address, given.workers)


def scenario_of(given: argparse.Namespace) -> ScenarioFile:
    """The scenario that is asked for, as ``--set`` and ``--shock`` change it; the default one where none is named.

    Raises
    ------
    ScenarioError
        If there is none of that name, or a key of it is wrong.
    """
    with uncollected("scenarios.load"):
        from .load import DEFAULT, load

    return load(given.scenario or DEFAULT, given.overrides, given.shocks, given.plugins)


def target_of(given: argparse.Namespace, name: str, kind: str) -> Path:
    """Where a report goes, ``out/NAME`` by default; ``kind`` is what the folder is.

    Raises
    ------
    ScenarioError
        If it lies where it may not be put, or over what is no earlier report of that kind.
    """
    from .output import check_target

    out = Path(given.out or Path("out") / name)
    check_target(out, kind)
    return out


def say_report(text: str, out: Path) -> None:
    """The last lines on the terminal: what was found, and where its page is."""
    print(text)
    print(f"\nreport: {out / 'index.html'}")


def data_of(given: argparse.Namespace) -> Path | None:
    """The folder of the data, if one is stated: on the command line, else in the environment."""
    return usual_data() if given.data is None else Path(given.data)


def usual_data() -> Path | None:
    """The folder of the data that the environment states."""
    stated = os.environ.get("UNDERTOW_DATA")
    return None if stated is None else Path(stated)


def refits_of(given: argparse.Namespace) -> UsersRefits | None:
    """Where kept models are, unless they are passed over."""
    return None if given.fresh else UsersRefits()
