"""Few episodes to learn from: augmentation and what it biases, transfer between markets, robustness of inputs."""

from .adversary import worst
from .augmented import HOW, SHARE, Augmented, augmented, draw
from .bias import BiasReport, bias, told_apart
from .drawn import Drawn
from .effect import Effect, Level, effect
from .fitted import WalkForward, fitted
from .perturb import KINDS, Fault, faults
from .robustness import Robustness, Suffered, robustness
from .single import single
from .transfer import ABROAD, SCHOOLS, US_EQUITIES, Stacked, Transferred, label_of, stacked, transfer, transfer_splits

__all__ = [
    "ABROAD",
    "HOW",
    "KINDS",
    "SCHOOLS",
    "SHARE",
    "US_EQUITIES",
    "Augmented",
    "BiasReport",
    "Drawn",
    "Effect",
    "Fault",
    "Level",
    "Robustness",
    "Stacked",
    "Suffered",
    "Transferred",
    "WalkForward",
    "augmented",
    "bias",
    "draw",
    "effect",
    "faults",
    "fitted",
    "label_of",
    "robustness",
    "single",
    "stacked",
    "told_apart",
    "transfer",
    "transfer_splits",
    "worst",
]
