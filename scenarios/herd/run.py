"""A herd, in order: settle it, herds of other numbers and mixes beside it, whom it reaches, the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import numpy as np

from reports.files import as_json
from reports.herd import Figures, HerdReport
from reports.herd_page import write_herd_page
from reports.manifest import manifest
from scenarios.assumptions import assumptions, warning
from scenarios.build import Scenario, build
from scenarios.output import check_target, staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.schema import ScenarioFile
from scenarios.shock_effect import shock_lines
from scenarios.shocks import PriceGap
from scenarios.stored import fingerprints
from scenarios.titles import Titles, titles
from simulator.core.errors import ScenarioError, nearest
from simulator.core.files import write
from simulator.core.names import quoted
from simulator.core.types import FloatArray
from simulator.core.within import Within, check_fields

from .answer import answers
from .figures import books, figures_of, overlaps, permanent, rows_of, worst_session
from .members import Fund, Members, led, members, parse_policies, parse_sizes
from .settle import Herd, Meadow

if TYPE_CHECKING:
    from signals.stress.walk_forward import Keeper

KIND: Final = "herd"
#: Shares of funds that follow one policy.
SHARES: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
#: The fall of an asset by which exposures are measured, and the sessions after which.
FALL: Final = -0.05
SESSIONS: Final = 21
#: Assets whose exposures are measured, those held most: each takes two herds.
MOST_ASSETS: Final = 12


@dataclass(frozen=True)
class Options:
    """Who is in the herd, and how the market answers.

    Attributes
    ----------
    funds
        How many.
    sizes
        ``1e9``, or ``1e9,5e8`` to be taken in turn; that of the scenario's book by default.
    policies
        ``a,b``, to be taken in turn; all of the scenario's by default.
    lead
        The policy whose share of the funds is varied; by default the one whose herd amplifies most.
    thinning
        Share of depth, over what is left of it, that a net flow of one day's volume takes.
    most_rounds
        Rounds a session may take once all before it have settled.
    """

    funds: Annotated[int, Within(1, 100_000, option="--funds")]
    sizes: str | None = None
    policies: str | None = None
    lead: str | None = None
    thinning: Annotated[float, Within(0.0, 100.0, option="--thinning")] = 1.0
    most_rounds: Annotated[int, Within(2, 10_000, option="--rounds")] = 50

    def __post_init__(self) -> None:
        check_fields(self)


def herd(
    file: ScenarioFile,
    out: Path,
    options: Options,
    data: Path | None = None,
    progress: Progress | None = None,
    refit_cache: Keeper | None = None,
) -> HerdReport:
    """Put funds into one market that answers to them, and write what comes of it to ``out``.

    Raises
    ------
    UndertowError
        If the scenario, its data, a plug-in or an option cannot be used, or a day does not settle.
    """
    progress = progress or Silent()
    check_target(out, KIND)
    policies = parse_policies(options.policies, list(file.policies))
    sizes = parse_sizes(options.sizes, file.scenario.initial_cash)
    if options.lead is not None and options.lead not in policies:
        raise ScenarioError(f"--lead: no policy {quoted(options.lead)} in the herd{nearest(options.lead, policies)}")
    scenario = build(file.model_copy(update={"judge": None}), data, progress, refit_cache)
    meadow = Meadow(scenario, options.thinning, options.most_rounds)
    with staged(out, KIND) as stage:
        report, found = _report(meadow, options, policies, sizes, progress)
        write(stage.path / "metrics.json", as_json(metrics_json(report, file)))
        write_herd_page(report, stage.path / "index.html")
        write(stage.path / "manifest.json", as_json(_manifest(scenario, options, found)))
    return report


class _Herds:
    """Herds that were settled already, by who is in them."""

    def __init__(self, meadow: Meadow, progress: Progress, total: int) -> None:
        self.meadow, self.progress, self.total = meadow, progress, total
        self._found: dict[frozenset[tuple[Fund, int]], Herd] = {}
        progress("herds", 0, total)

    def of(self, who: Members) -> Herd:
        """The herd, settled."""
        key = frozenset(who.items())
        if key not in self._found:
            self._found[key] = self.meadow.settle(who)
            self.progress("herds", min(len(self._found), self.total), self.total)
        return self._found[key]

    def figures(self, who: Members) -> Figures:
        """What it comes to."""
        return figures_of(self.meadow, self.of(who))


def _report(
    meadow: Meadow, options: Options, policies: Sequence[str], sizes: Sequence[float], progress: Progress
) -> tuple[HerdReport, Herd]:
    called = titles(meadow.scenario.file)
    counts = _numbers(options.funds)
    herds = _Herds(meadow, progress, len(counts) * (len(policies) + (len(policies) > 1)) + len(SHARES) - 2)
    who = members(policies, sizes, options.funds)
    found = herds.of(who)
    whole = figures_of(meadow, found)
    lines = {called.policies[name]: [herds.figures(members([name], sizes, n)) for n in counts] for name in policies}
    identical = {name: line[-1] for name, line in lines.items()}
    lead = options.lead or max(policies, key=lambda name: identical[called.policies[name]].amplification or -np.inf)
    shares: list[tuple[float, Figures]] = []
    if len(policies) > 1:
        lines["the mix"] = [herds.figures(members(policies, sizes, n)) for n in counts]
        others = [name for name in policies if name != lead]
        shares = [
            (n / options.funds, herds.figures(led(lead, others, sizes, options.funds, n)))
            for n in dict.fromkeys(round(share * options.funds) for share in SHARES)
        ]
    day = worst_session(found)
    lost, similar = overlaps(meadow, found, day)
    direct, indirect, exposed, said = _exposures(meadow, found, options, day, progress)
    sessions = meadow.world.market.sessions
    rows = slice(found.start, found.stop)
    section = meadow.scenario.file.scenario
    report = HerdReport(
        name=called.scenario,
        description=section.description,
        start=str(sessions[found.start]),
        end=str(sessions[found.stop - 1]),
        answers=answers(lines, options.funds),
        notices=[*_left_out(who, policies, called), *_notices(meadow, found, whole), *said],
        assumptions=[*_answers(meadow, options), *assumptions(meadow.scenario)],
        shocks=shock_lines(meadow.scenario),
        whole=whole,
        rows=rows_of(meadow, found, called.policies),
        by_number=lines,
        lead=called.policies[lead],
        by_similarity=shares,
        identical=identical,
        overlap_day=str(sessions[day]),
        labels=_labels(found, called),
        overlap=lost,
        similar=similar,
        direct=direct,
        indirect=indirect,
        indirect_fall=FALL,
        indirect_sessions=SESSIONS,
        exposed=exposed,
        assets=meadow.world.market.assets,
        sessions=sessions[rows],
        displacement=found.told.displacement[rows],
        depth=found.told.depth[rows],
        rounds=found.rounds,
        changes=found.changes,
    )
    return report, found


def _numbers(funds: int) -> list[int]:
    """1, 2, 4 ... and the number of funds itself."""
    powers = [2**k for k in range(funds.bit_length()) if 2**k < funds]
    return [*powers[-4:], funds] if len(powers) > 5 else [*powers, funds]


def _labels(found: Herd, called: Titles) -> list[str]:
    many = len({fund.size for fund in found.members}) > 1
    return [
        f"{called.policies[fund.policy]}{f' {fund.size:.3g}' if many else ''} x {count}"
        for fund, count in found.members.items()
    ]


def _exposures(
    meadow: Meadow, found: Herd, options: Options, day: int, progress: Progress
) -> tuple[FloatArray, FloatArray, list[str], list[str]]:
    """(F, A) basis points lost for a fall of 1% of an asset after a session: without the answer, and besides."""
    market = meadow.world.market
    last = min(day + SESSIONS, found.stop - 1)
    if day + 1 > last:
        return (
            np.zeros((0, 0)),
            np.zeros((0, 0)),
            [],
            ["the largest fall is on the last session: no exposures after it"],
        )
    held = np.abs(books(found, day)).sum(axis=0)
    chosen = np.sort(np.argsort(-held, kind="stable")[: min(MOST_ASSETS, int((held > 0.0).sum()))])
    ending = _until(meadow.scenario, market.sessions[last])
    calm = Meadow(ending, options.thinning, options.most_rounds, meadow.signals)
    calm_herd = calm.settle(found.members)
    direct, indirect = [], []
    progress("exposures", 0, len(chosen))
    for number, asset in enumerate(chosen, start=1):
        gap = PriceGap(start=str(market.sessions[day + 1]), assets=[market.assets[asset]], size=FALL)
        shocks = (*ending.shocks, gap)
        struck = Meadow(replace(ending, shocks=shocks), options.thinning, options.most_rounds, meadow.signals)
        after = struck.settle(found.members)
        alone = np.array([_final(struck.alone(f)) / _final(calm.alone(f)) - 1.0 for f in found.members])
        herded = np.array([_final(after.results[f]) / _final(calm_herd.results[f]) - 1.0 for f in found.members])
        direct.append(alone / FALL * 100.0)
        indirect.append((herded - alone) / FALL * 100.0)
        progress("exposures", number, len(chosen))
    left = int((held > 0.0).sum()) - len(chosen)
    said = [f"exposures are those to the {len(chosen)} assets held most; {left} others are left out"] if left else []
    return np.stack(direct, axis=1), np.stack(indirect, axis=1), [market.assets[asset] for asset in chosen], said


def _final(result: Any) -> float:
    return float(np.prod(1.0 + result.returns.to_numpy()))


def _until(scenario: Scenario, day: np.datetime64) -> Scenario:
    """The scenario, ending on a day."""
    section = scenario.file.scenario.model_copy(update={"end": day.astype(object)})
    file = scenario.file.model_copy(update={"scenario": section})
    flows = tuple(flow for flow in scenario.terms.flows if flow.date is None or flow.day <= day)
    return replace(scenario, file=file, terms=replace(scenario.terms, end=day, flows=flows))


def _left_out(who: Members, policies: Sequence[str], called: Titles) -> list[str]:
    there = {fund.policy for fund in who}
    out = [called.policies[name] for name in policies if name not in there]
    return [f"fewer funds than policies: no fund of the mix follows {', '.join(out)}"] if out else []


def _notices(meadow: Meadow, found: Herd, whole: Figures) -> list[str]:
    said = []
    if not permanent(meadow):
        said.append("prices do not answer: permanent impact (costs.gamma) or the volatility it goes by is 0")
    first = warning(meadow.scenario, meadow.alone(next(fund for fund in found.members)))
    said += [first] if first else []
    if whole.flow_share > 1.0:
        said.append(
            f"on one day the funds trade {whole.flow_share:.0%} of what others trade in an asset, net: more than a "
            "market takes; fewer or smaller funds, or a lower execution.max_participation"
        )
    ruined = [fund.policy for fund, result in found.results.items() if result.ruined is not None]
    if ruined:
        said.append(f"ruined in the herd: {', '.join(dict.fromkeys(ruined))}")
    if meadow.learns:
        said.append(f"{', '.join(meadow.learns)}: models are those fitted on the market without the herd")
    return said


def _answers(meadow: Meadow, options: Options) -> list[str]:
    return [
        "Prices answer to the net flow of all funds by the permanent impact of [costs] (gamma x daily volatility for a "
        f"day's volume; {meadow.law.retained:.1%} of it is left a session later), in logs; every fund trades at and is "
        "marked at prices that hold it, and pays no permanent impact of its own besides.",
        "Funds trade with each other first: volume rises by the larger of what they buy and sell. Depth is 1 / (1 + "
        f"{options.thinning:g} u), u being what is left of past net flows in days of volume (--thinning): an "
        "assumption, not a measurement. It wears caps, coverage and impact.",
        "First investments move nothing: the history of the market has these funds in it. Exogenous series are as "
        "they were; signals of prices and volumes see the market that answers.",
        "Herds are compared with the same funds in a market that does not answer: as ordinary replays, but for the "
        "permanent impact of a fund's own trades, which the answer stands for.",
    ]


def metrics_json(report: HerdReport, file: ScenarioFile) -> dict[str, Any]:
    """A herd for machines; ``null`` where a figure is undefined."""
    called = {title: name for name, title in titles(file).policies.items()}
    told: dict[str, Any] = {"scenario": file.scenario.name, "start": report.start, "end": report.end}
    if report.notices:
        told["notices"] = list(report.notices)
    return told | {
        "herd": report.whole._asdict(),
        "funds": [row._asdict() | {"policy": called[row.policy]} for row in report.rows],
        "by_number": {
            called.get(name, "mix"): [figures._asdict() for figures in line] for name, line in report.by_number.items()
        },
        "by_similarity": [
            {"lead": called[report.lead], "share": share, **figures._asdict()}
            for share, figures in report.by_similarity
        ],
        "identical": {called[name]: figures._asdict() for name, figures in report.identical.items()},
        "diversity": dict(report.diversity),
        "overlap": {
            "date": report.overlap_day,
            "funds": list(report.labels),
            "loss_bps": _plain(report.overlap),
            "similarity": _plain(report.similar),
        },
        "exposures": {
            "funds": list(report.labels),
            "assets": list(report.exposed),
            "direct_bps": _plain(report.direct),
            "indirect_bps": _plain(report.indirect),
        },
        "convergence": {
            "rounds": report.changes.size,
            "changes": report.changes.tolist(),
            "slowest": [
                {"date": str(report.sessions[row]), "rounds": int(report.rounds[row])}
                for row in np.argsort(-report.rounds, kind="stable")[:5]
            ],
        },
    }


def _plain(values: FloatArray) -> list[list[float | None]]:
    return [[float(value) if np.isfinite(value) else None for value in row] for row in values]


def _manifest(scenario: Scenario, options: Options, found: Herd) -> dict[str, Any]:
    data = {"market": scenario.market.fingerprint(), **fingerprints(scenario.signals)}
    who: Mapping[str, Any] = {
        "funds": [{"policy": fund.policy, "size": fund.size, "count": n} for fund, n in found.members.items()],
        "lead": options.lead,
        "thinning": options.thinning,
    }
    return {**manifest(resolved(scenario.file), data, scenario.file.scenario.seed), "herd": who}
