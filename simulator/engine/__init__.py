"""The replay: one accounting kernel, one advance loop, thin drivers."""

from .prepare import Prepared, prepare
from .result import RunResult
from .simulate import simulate

__all__ = ["Prepared", "RunResult", "prepare", "simulate"]
