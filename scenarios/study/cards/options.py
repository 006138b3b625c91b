"""What a user may say about model cards."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.core.errors import ParameterError, nearest
from simulator.core.names import check_text

NOT_STATED: Final = "not stated"
_SAYINGS: Final = (
    ("owner", "--owner", "NAME", "who answers for the signal, on its card"),
    ("intended_use", "--intended-use", "TEXT", "what the signal is meant for, on its card"),
    ("out_of_scope", "--out-of-scope", "TEXT", "what it is not to be used for, on its card"),
    ("oversight", "--oversight", "TEXT", "who reviews what it says and may overrule it, on its card"),
)


@dataclass(frozen=True)
class CardOptions:
    """Of which models cards are written, and what nobody but the user can say.

    Attributes
    ----------
    models
        Names; by default the study's own choice, as far as it ran them.
    owner, intended_use, out_of_scope, oversight
        Words of the user; a card says ``not stated`` where there are none.
    """

    models: tuple[str, ...] = ()
    owner: str = ""
    intended_use: str = ""
    out_of_scope: str = ""
    oversight: str = ""

    def check(self, run: Sequence[str]) -> None:
        """Raise unless every model that is to have a card is among those that are run."""
        for name in self.models:
            if name not in run:
                raise ParameterError(f"--card {name}: this model is not run{nearest(name, run)}")

    def chosen(self, standard: Sequence[str], run: Sequence[str]) -> tuple[str, ...]:
        """Names of the models that have a card."""
        return tuple(dict.fromkeys(name for name in self.models or standard if name in run))

    def said(self) -> dict[str, str]:
        """What was said, by field; empty where nothing was."""
        return {field: " ".join(getattr(self, field).split()) for field, *_ in _SAYINGS}


def add_card_options(command: argparse.ArgumentParser, standard: str) -> None:
    """Register the options."""
    command.add_argument(
        "--card",
        dest="cards",
        action="append",
        default=[],
        metavar="MODEL",
        help=f"write the card of this model; may be repeated (default: {standard})",
    )
    for field, flag, shape, words in _SAYINGS:
        command.add_argument(flag, dest=field, default="", metavar=shape, help=words)


def card_options(given: argparse.Namespace) -> CardOptions:
    """The options as given."""
    said: dict[str, Any] = {field: _text(flag, getattr(given, field)) for field, flag, *_ in _SAYINGS}
    return CardOptions(models=tuple(dict.fromkeys(given.cards)), **said)


def _text(flag: str, words: str) -> str:
    try:
        return check_text(words)
    except ParameterError as error:
        raise ParameterError(f"{flag}: {error}") from None
