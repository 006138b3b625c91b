"""The replay: one accounting kernel, one advance loop, thin drivers."""

from .many import prepare_many, simulate_many
from .many_runs import ManyResults
from .prepare import Prepared, prepare, prepare_each
from .result import RunResult
from .simulate import simulate
from .terms import Terms

__all__ = [
    "ManyResults",
    "Prepared",
    "RunResult",
    "Terms",
    "prepare",
    "prepare_each",
    "prepare_many",
    "simulate",
    "simulate_many",
]
