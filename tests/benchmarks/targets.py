"""What the suite is measured against."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A bound on a figure, from one side."""

    bound: float
    at_least: bool
    unit: str = "x"

    def met(self, value: float) -> bool:
        """Whether a value keeps to it."""
        return value >= self.bound if self.at_least else value <= self.bound

    def verdict(self, value: float) -> str:
        """In words."""
        return "met" if self.met(value) else "not met"

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.bound:,g}{self.unit}"


def at_least(bound: float, unit: str = "x") -> Target:
    """A figure that should be high: how many times faster."""
    return Target(bound, True, unit)


def at_most(bound: float, unit: str = "x") -> Target:
    """A figure that should be low: how many times the floor, seconds, megabytes."""
    return Target(bound, False, unit)


#: Time over the floor's, plain rows.
FLOOR = {"W1": at_most(1.5), "W2": at_most(1.5), "W3": at_most(2.0), "W4": at_most(1.5)}
#: How many times faster than a peer, plain rows.
PEERS = {
    ("W1", "vectorbt"): at_least(30.0),
    ("W2", "vectorbt"): at_least(250.0),
    ("W3", "vectorbt"): at_least(60.0),
    ("W4", "vectorbt"): at_least(45.0),
    ("W1", "bt"): at_least(1000.0),
}
#: Everything on: time over the plain floor's, by size of the book; larger books are reported.
FULL_FLOOR = {1e8: at_most(5.0), 1e9: at_most(10.0)}
#: Everything on: how many times faster than vectorbt's plain run.
FULL_VECTORBT = at_least(8.0)
MEMORY = at_most(300.0, " MB")
FIRST_CALL = at_most(1.0, " s")
COMPILATION = at_most(25.0, " s")
THREADS = at_least(1.7)
#: Milliseconds a decision of the optimiser, everything included, by number of assets; more assets are reported.
DECISION = {50: at_most(1.0, " ms"), 200: at_most(15.0, " ms")}
#: How many times faster than cvxpy with parameters.
CVXPY = {50: at_least(10.0), 200: at_least(10.0)}
#: Largest relative duality gap and breach of a constraint.
CERTIFIED = at_most(1e-6, "")
FEASIBLE = at_most(1e-8, "")
