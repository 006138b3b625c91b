"""Options of the studies that try many models under several protocols."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from scenarios.options import add_plugins

from .cards.options import add_card_options
from .kit import add_data, add_fresh_answers, add_out, add_quiet, add_seed, add_workers, own_estimator

if TYPE_CHECKING:
    from signals.stress.models import ModelSpec

_PROTOCOLS: Final = ("shuffled", "blocks", "forward")


def add_models_options(parser: argparse.ArgumentParser, name: str, cards: str) -> None:
    """Data, models, protocols and cards of the study ``name``; ``cards`` says which models have one by default."""
    add_data(
        parser, "folder that holds etf/, macro/, markets/ and, if there are any, the bank's own indicators in bank/"
    )
    add_out(parser, name)
    parser.add_argument(
        "--model",
        dest="models",
        action="append",
        default=[],
        metavar="NAME",
        help="run these models only (may be repeated), slow ones too; module:Class adds an estimator of your own",
    )
    add_plugins(parser)
    add_seed(parser, "folds, models and resamples")
    add_workers(parser)
    add_fresh_answers(parser)
    add_quiet(parser)
    parser.add_argument(
        "--protocol",
        action="append",
        choices=_PROTOCOLS,
        help="how forecasts are judged; may be repeated (default: shuffled and forward, side by side)",
    )
    add_card_options(parser, cards)


def named_models(given: argparse.Namespace) -> tuple[str, ...]:
    """Models of the registry that were asked for, each once."""
    return tuple(dict.fromkeys(name for name in given.models if ":" not in name))


def own_models(given: argparse.Namespace) -> tuple[ModelSpec, ...]:
    """Estimators of the user's own."""
    return tuple(own_estimator(name, given.plugins) for name in given.models if ":" in name)
