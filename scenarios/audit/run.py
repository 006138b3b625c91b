"""Auditing a scenario file and writing its certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from reports import write_certificate
from reports.files import as_json
from reports.manifest import manifest
from scenarios.audits import keep_verdict
from scenarios.build import build
from scenarios.output import staged
from scenarios.progress import Progress, Silent
from scenarios.resolved import resolved
from scenarios.schema import ScenarioFile
from scenarios.stored import fingerprints
from scenarios.titles import titles
from simulator.core.files import write
from simulator.core.within import Within

from .certificate import CLEAN, certificate, knowing, summary
from .examine import examine

#: Cuts unless asked for others.
CUTS: Final = 8


def audit(
    file: ScenarioFile, out: Path, data: Path | None = None, cuts: int = CUTS, progress: Progress | None = None
) -> dict[str, Any]:
    """Audit a scenario; write ``certificate.json``, a page and a manifest to ``out``; return the certificate.

    The verdict is kept for the pages of later runs of this very scenario (:mod:`scenarios.audits`).

    Raises
    ------
    UndertowError
        If the scenario, its data or a plug-in cannot be used, or if a run does not repeat itself.
    """
    Within(1, 10_000).check("--cuts", cuts)
    scenario = build(file, data)
    with staged(out, "audit") as stage:
        found = certificate(scenario, examine(scenario, cuts, progress or Silent()))
        write(stage / "certificate.json", as_json(found))
        write_certificate({**found, "knowing": knowing(found), "scenario": titles(file).scenario}, stage / "index.html")
        prints = {"market": scenario.market.fingerprint(), **fingerprints(scenario.signals)}
        made_from = manifest(resolved(file), prints, file.scenario.seed)
        write(stage / "manifest.json", as_json(made_from | {"audit": {"cuts": cuts}}))
    keep_verdict(scenario, found["verdict"] == CLEAN, summary(found))
    return found
