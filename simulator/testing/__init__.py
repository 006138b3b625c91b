"""For plug-in authors and for our own tests: a plain-NumPy oracle of the engine, and conformance checks."""

from .oracle import OracleRun, replay_oracle

__all__ = ["OracleRun", "replay_oracle"]
