"""Options that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path


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
