"""Models behind one interface, by name: the paper's presets, others, and the naive rules all of them must beat."""

from .autoregression import VectorAutoregression
from .balanced import BalancedForest, EasyEnsemble
from .boosting import AdaBoostM2, pseudo_loss
from .calibrate import Calibrated, calibrated
from .combine import Averaged, Stacked
from .deep import Recurrent
from .fitting import Answer, answer
from .hazard import Hazard, event_times
from .hidden import HiddenMarkov
from .kernel_bayes import KernelBayes
from .nowcast import RidgeNowcast
from .prepare import Standardise, standardised
from .presets import PRESETS
from .probit import OrderedProbit
from .registry import MODELS, maker, model_spec, own_model, standard
from .rules import StatusRule, date_only
from .spec import OUTCOMES, Model, ModelSpec
from .switching import MarkovSwitching
from .tune import Between, OneOf, Tuned
from .vector import Vectors
from .weights import Weighted
from .windows import windows

__all__ = [
    "MODELS",
    "OUTCOMES",
    "PRESETS",
    "AdaBoostM2",
    "Answer",
    "Averaged",
    "BalancedForest",
    "Between",
    "Calibrated",
    "EasyEnsemble",
    "Hazard",
    "HiddenMarkov",
    "KernelBayes",
    "MarkovSwitching",
    "Model",
    "ModelSpec",
    "OneOf",
    "OrderedProbit",
    "Recurrent",
    "RidgeNowcast",
    "Stacked",
    "Standardise",
    "StatusRule",
    "Tuned",
    "VectorAutoregression",
    "Vectors",
    "Weighted",
    "answer",
    "calibrated",
    "date_only",
    "event_times",
    "maker",
    "model_spec",
    "own_model",
    "pseudo_loss",
    "standard",
    "standardised",
    "windows",
]
