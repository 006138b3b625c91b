"""The replay: one accounting kernel, one advance loop, thin drivers."""

from .many import prepare_many, simulate_many
from .many_runs import ManyResults
from .prepare import Prepared, prepare
from .result import RunResult
from .simulate import simulate

__all__ = ["ManyResults", "Prepared", "RunResult", "prepare", "prepare_many", "simulate", "simulate_many"]
