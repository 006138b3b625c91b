"""What the law on liquidity coverage makes of a share: eligibility, level, haircut, and what follows for funding.

Sources: the European Union's LCR delegated act, Commission Delegated Regulation (EU) 2015/61, Articles 7, 8, 12 and 15;
Basel III, BCBS 238 (2013), paragraphs 28 to 43, 54 and 114 to 115; the net stable funding ratio, BCBS 295 (2014),
paragraphs 40 to 43.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from simulator.core.errors import ParameterError
from simulator.core.instruments import Level

Law = Literal["eu", "basel"]
LAWS: Final[tuple[Law, ...]] = ("eu", "basel")


@dataclass(frozen=True)
class Checklist:
    """What has to be true of a share that counts as a level 2B asset; ``None`` where it is not known.

    Parameters
    ----------
    major_index
        It is part of a major stock index (Article 12(1)(c)(i); paragraph 54(c)).
    currency
        It is denominated in the currency of the home state, or counts against outflows in its own alone.
    proven_in_stress
        Over 30 days of stress its price fell by no more than 40%, or its haircut rose by no more than 40 points
        (Article 12(1)(c)(iii); paragraph 54(c)).
    not_financial
        Its issuer is no bank, insurer or other financial firm (Article 7(4); paragraph 54(c)).
    unencumbered
        Nothing prevents its sale (Article 7(2); paragraph 31).
    priced
        Its value is easily found from market prices (Article 7(5); paragraph 24).
    listed
        It is traded on a recognised exchange, and cleared centrally (Article 7(6); paragraph 54(c)).
    diversified, accessible, controlled, tested, currency_matched
        Operational requirements of the buffer that it is in (Article 8; paragraphs 28 to 43).
    """

    major_index: bool | None = None
    currency: bool | None = None
    proven_in_stress: bool | None = None
    not_financial: bool | None = None
    unencumbered: bool | None = None
    priced: bool | None = None
    listed: bool | None = None
    diversified: bool | None = None
    accessible: bool | None = None
    controlled: bool | None = None
    tested: bool | None = None
    currency_matched: bool | None = None

    @property
    def failed(self) -> tuple[str, ...]:
        """What is known not to be true."""
        return tuple(name for name, met in vars(self).items() if met is False)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What nobody has said."""
        return tuple(name for name, met in vars(self).items() if met is None)


class Treatment(NamedTuple):
    """What a share counts for.

    Attributes
    ----------
    level
        ``"2B"`` or ``"other"``.
    haircut
        Share of its value that the buffer does not count: 0.5 at level 2B, 1 otherwise.
    secured_run_off
        Of funding against it from others than the central bank that ends within 30 days: 0.5 and 1 (Article 28(3);
        paragraph 115). What a lender will ask beyond the haircut today follows its own judgement.
    stable_funding
        Share that has to be funded for longer than a year, the term that a transfer price should carry: 0.5 at level
        2B, 0.85 for other shares that are traded on an exchange (BCBS 295, paragraphs 40(b) and 42).
    """

    level: Level
    haircut: float
    secured_run_off: float
    stable_funding: float


_ELIGIBLE: Final = Treatment("2B", 0.50, 0.50, 0.50)
_OTHER: Final = Treatment("other", 1.00, 1.00, 0.85)


def share_treatment(checklist: Checklist, law: Law = "basel") -> Treatment:
    """What a law makes of a share of which nothing on the list is known to fail.

    What is unknown is taken as met: say so where it is shown (:attr:`Checklist.unknown`). Both laws take half of a
    level
    2B share; they differ in the cap (15% of the buffer in both) by currency and in who judges the index.

    Raises
    ------
    ParameterError
        For another law.
    """
    if law not in LAWS:
        raise ParameterError(f"law must be one of {', '.join(LAWS)}, not {law!r}")
    return _OTHER if checklist.failed else _ELIGIBLE
