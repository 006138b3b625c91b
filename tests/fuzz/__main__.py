"""``python -m tests.fuzz [--cases N] [--seed S] [FAMILY ...]``: a long hunt, and a table of what it found."""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from .families import FAMILIES, Case, family
from .home import ask, clear, entered, furnish


def hunt(name: str, home: Path, cases: int, number: int) -> tuple[collections.Counter[int], dict[str, tuple[str, ...]]]:
    """Try the cases of a family; how often each status came, and what faults there were, with a command for each."""
    statuses: collections.Counter[int] = collections.Counter()
    faults: dict[str, tuple[str, ...]] = {}
    whole = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}

    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(family(name, home))
    def attempt(case: Case) -> None:
        case.lay(home)
        answer = ask(case.words)
        statuses[answer.status] += 1
        if answer.fault:
            key = answer.fault.rpartition("; the traceback is in")[0][:220] or answer.fault[:220]
            faults.setdefault(key, (*case.words, *(repr(one)[:300] for one in case.files)))
        for path, content in whole.items():
            if path.name in dict(case.files) or path.relative_to(home).as_posix() in dict(case.files):
                path.write_bytes(content)
        clear(home)

    attempt()
    return statuses, faults


def main() -> int:
    """Hunt, and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("families", nargs="*", default=list(FAMILIES))
    asked.add_argument("--cases", type=int, default=300, help="of each family")
    asked.add_argument("--seed", type=int, default=0)
    given_ = asked.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder, entered(Path(folder)):
        furnish(Path(folder))
        for name in given_.families:
            start = time.monotonic()
            statuses, faults = hunt(name, Path(folder), given_.cases, given_.seed)
            counts = ", ".join(f"exit {status}: {count}" for status, count in sorted(statuses.items()))
            print(
                f"{name:8} {sum(statuses.values()):6} cases in {time.monotonic() - start:6.1f} s  {counts}", flush=True
            )
            for fault, words in faults.items():
                print(f"    {fault}\n        {words}"[:1500], flush=True)
            bad += len(faults)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
