"""Models behind one interface, by name: the paper's presets, others, and the naive rules all of them must beat."""

from .balanced import BalancedForest, EasyEnsemble
from .boosting import AdaBoostM2, pseudo_loss
from .fitting import Answer, answer
from .hidden import HiddenMarkov
from .kernel_bayes import KernelBayes
from .nowcast import RidgeNowcast
from .prepare import Standardise, standardised
from .presets import PRESETS
from .probit import OrderedProbit
from .registry import MODELS, maker, model_spec, own_model
from .rules import StatusRule, date_only
from .spec import Model, ModelSpec
from .vector import Vectors

__all__ = [
    "MODELS",
    "PRESETS",
    "AdaBoostM2",
    "Answer",
    "BalancedForest",
    "EasyEnsemble",
    "HiddenMarkov",
    "KernelBayes",
    "Model",
    "ModelSpec",
    "OrderedProbit",
    "RidgeNowcast",
    "Standardise",
    "StatusRule",
    "Vectors",
    "answer",
    "date_only",
    "maker",
    "model_spec",
    "own_model",
    "pseudo_loss",
    "standardised",
]
