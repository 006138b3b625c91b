"""The range in which a number means something, stated once, where a parameter is declared.

``lag: Annotated[int, Within(0, 1000, unit="sessions")]`` is all there is to write: the constructor checks it
(:func:`check_fields`, :func:`bounded`), a scenario file is checked by it, and ``undertow show`` prints it.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, ParamSpec, TypeVar, get_args, get_origin, get_type_hints

from .errors import ParameterError, shown

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Within:
    """A range, with what a number beyond it probably meant.

    Parameters
    ----------
    least, most
        Both allowed, unless ``above`` or ``below`` says that the end itself is not. NaN never lies within; infinity
        only where ``most`` is infinite.
    unit
        What is counted: ``"sessions"``, for example.
    means
        ``"share"``: a fraction, so that what lies above may have been meant as a percentage; ``"bps"``: basis points.
    text
        What else to say to who is out of range, instead of what follows from ``means``.
    option
        What the parameter is called on the command line, where that is how it is given.
    """

    least: float
    most: float
    above: bool = False
    below: bool = False
    unit: str = ""
    means: Literal["", "share", "bps"] = ""
    text: str = ""
    option: str = ""

    def holds(self, value: float) -> bool:
        """Whether a number lies within."""
        over = value > self.least if self.above else value >= self.least
        return over and (value < self.most if self.below else value <= self.most)

    def check(self, name: str, value: Any) -> None:
        """Raise :class:`ParameterError` unless a number, or each in a list or table, lies within."""
        for label, number in _numbers(self.option or name, value):
            if not self.holds(number):
                raise ParameterError(f"{label} {self.complaint(number)}")

    def complaint(self, number: float) -> str:
        """What must be, what is, and what may have been meant."""
        said = f"must {self.words(number)}, not {shown(number)}"
        hint = self.text or self._meant(number)
        return f"{said}; {hint}" if hint else said

    def words(self, number: float) -> str:
        """What the range asks of a number beyond it: ``be 0 or more sessions``, ``lie in [0, 1)``."""
        if (self.least, self.most) in ((0.0, 1.0), (-1.0, 1.0)):
            return f"lie in {'(' if self.above else '['}{self.least:g}, {self.most:g}{')' if self.below else ']'}"
        unit = f" {self.unit}" if self.unit else ""
        if number > self.most:
            return f"be {'below' if self.below else 'at most'} {_plain(self.most)}{unit}"
        if self.least == 0.0:
            return "be positive" if self.above else f"be 0 or more{unit}" if unit else "be zero or more"
        return f"be {'above' if self.above else 'at least'} {_plain(self.least)}{unit}"

    def span(self) -> str:
        """The range for a list of parameters: ``0 to 1,000 sessions``."""
        unit = f" {self.unit}" if self.unit else ""
        least = f"above {_plain(self.least)}" if self.above else _plain(self.least)
        if math.isinf(self.most):
            return least if self.above else f"{least} or more{unit}"
        return f"{least} to {'below ' if self.below else ''}{_plain(self.most)}{unit}"

    def _meant(self, number: float) -> str:
        if not number > self.most or math.isinf(number):
            return ""
        if self.means == "share":
            return f"write {number / 100.0:g} for {number:g}%"
        if self.means == "bps":
            return f"{number:g} basis points are {number / 100.0:g}%"
        return ""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Let pydantic check what it reads: every failure says what :meth:`complaint` says."""
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(self._validated, handler(source))

    def _validated(self, value: Any) -> Any:
        from pydantic_core import PydanticCustomError

        for label, number in _numbers("", value):
            if not self.holds(number):
                raise PydanticCustomError("within", "{text}", {"text": f"{label} {self.complaint(number)}".strip()})
        return value


#: A share of nav, volume or value that cannot exceed all of it.
SHARE: Final = Within(0.0, 1.0, means="share")
#: One that cannot be nothing.
SOME: Final = Within(0.0, 1.0, above=True, means="share")
#: One that cannot be all.
NOT_ALL: Final = Within(0.0, 1.0, below=True, means="share")
#: One that is neither nothing nor all.
PART: Final = Within(0.0, 1.0, above=True, below=True, means="share")
#: A probability, or a percentile.
PROBABILITY: Final = Within(0.0, 1.0, means="share")
#: A length of time in sessions: forty years of them, more than most markets have.
SESSIONS: Final = Within(1, 10_000, unit="sessions")
#: One that may be nothing.
WAIT: Final = Within(0, 10_000, unit="sessions")
#: A window that a dispersion is taken over.
WINDOW: Final = Within(2, 10_000, unit="sessions")
#: A level in its own unit.
NUMBER: Final = Within(-1e15, 1e15)
#: Currency.
MONEY: Final = Within(0.0, 1e15)


def _plain(number: float) -> str:
    return f"{int(number):,}" if float(number).is_integer() and abs(number) < 1e15 else f"{number:g}"


def _numbers(name: str, value: Any) -> list[tuple[str, float]]:
    """The numbers of a value with their names; text, dates and nothing hold none."""
    if isinstance(value, Mapping):
        return [pair for key, inner in value.items() for pair in _numbers(f"{name}.{key}".strip("."), inner)]
    if isinstance(value, list | tuple):
        return [pair for number, inner in enumerate(value) for pair in _numbers(f"{name}[{number}]", inner)]
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return []
    try:
        return [(name, value if isinstance(value, int) else float(value))]
    except (TypeError, ValueError, OverflowError):
        return []


@functools.lru_cache(maxsize=256)
def ranges(owner: Hashable) -> Mapping[str, Within]:
    """The ranges by parameter that a class's fields, or a constructor's annotations, state."""
    hints = get_type_hints(owner, include_extras=True)
    return {name: within for name, kind in hints.items() if (within := range_of(kind)) is not None}


def range_of(kind: Any) -> Within | None:
    """The range stated by a type, if it states one."""
    if get_origin(kind) is Annotated:
        return next((get_arg for get_arg in get_args(kind)[1:] if isinstance(get_arg, Within)), None)
    return None


def check_fields(instance: object, who: str = "") -> None:
    """Check the fields of a dataclass by the ranges they state; raise :class:`ParameterError` for the first beyond."""
    cls: Any = type(instance)
    for name, within in ranges(cls).items():
        within.check(f"{who}: {name}" if who else name, getattr(instance, name))


def bounded(constructor: Callable[P, R]) -> Callable[P, R]:
    """Make a constructor check its arguments by the ranges that its annotations state.

    The error begins with the class's ``name`` where that is one of the class, else with what it is called.
    """
    signature = inspect.signature(constructor)

    @functools.wraps(constructor)
    def checked(*given: P.args, **named: P.kwargs) -> R:
        bound = signature.bind(*given, **named).arguments  # a wrong call raises its TypeError here
        cls = type(given[0])
        who = cls.__dict__.get("name")
        who = who if isinstance(who, str) else cls.__name__
        for name, within in ranges(constructor).items():
            if name in bound:
                within.check(f"{who}: {name}", bound[name])
        return constructor(*given, **named)

    return checked
