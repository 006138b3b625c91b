"""``undertow data``: what the command line says and does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .pull.command import add_pull, run_pull


def add_data(commands: Any) -> None:
    """Register the command; nothing heavy is imported."""
    data = commands.add_parser("data", help="look at your own price files", description="Your own price files.")
    actions = data.add_subparsers(dest="data", metavar="ACTION", required=True)
    about = (
        "Say how a file or folder of prices is laid out, and list everything odd: asset, date, size, what it would do "
        "to a result and what to do. Exits with 0, or with 2 where a run would be refused."
    )
    check = actions.add_parser("check", help="what the layout is, and everything odd", description=about)
    check.add_argument("path", type=Path, metavar="PATH", help="CSV, text, Excel or Parquet; a file or a folder")
    check.add_argument("--out", type=Path, metavar="DIR", help="also write a page with a picture")
    add_spelling(check)
    add_pull(actions)


def add_spelling(command: argparse.ArgumentParser) -> None:
    """The options that state what files do not show."""
    conventions = ("adjusted", "split-adjusted", "raw")
    command.add_argument("--prices", choices=conventions, help="what prices carry, where files do not say")
    command.add_argument("--dates", choices=("day-first", "month-first"), help="order of dates like 03/04/2020")
    command.add_argument("--decimal", choices=(".", ","), help="decimal sign, where no number shows it")
    command.add_argument("--zone", metavar="ZONE", help="time zone of the exchange, for dates with a time and a zone")


def run_data(given: argparse.Namespace) -> int:
    """Carry out what was asked; return the exit status."""
    if given.data == "pull":
        return run_pull(given)
    from scenarios.check import status, table
    from simulator.data.layouts import Spelling

    from .check import checked

    found = checked(given.path, given.prices, Spelling(given.zone, given.dates, given.decimal))
    print("\n".join([*found.about, "", table(list(found.rows))]))
    if given.out is not None:
        from .page import write_checked

        write_checked(found, given.out)
        print(f"\nreport: {given.out / 'index.html'}")
    return status(found.rows)
