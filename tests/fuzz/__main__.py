"""``python -m tests.fuzz [--cases N] [--seed S] [FAMILY ...]``: a long hunt, and a table of what it found."""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from .families import Case, family, names
from .home import entered
from .laid import furnish, tried


def hunt(name: str, home: Path, cases: int, number: int) -> tuple[collections.Counter[int], dict[str, tuple[str, ...]]]:
    """Try the cases of a family; how often each status came, and what faults there were, with a command for each."""
    statuses: collections.Counter[int] = collections.Counter()
    faults: dict[str, tuple[str, ...]] = {}

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
        answer, fault = tried(case, home)
        statuses[answer.status] += 1
        if fault:
            key = fault.rpartition("; the traceback is in")[0][:220] or fault[:220]
            faults.setdefault(key, (*case.words, *(repr(file)[:300] for file in case.files), fault[-120:]))

    attempt()
    return statuses, faults


def main() -> int:
    """Hunt, and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("families", nargs="*", default=names())
    asked.add_argument("--cases", type=int, default=300, help="of each family")
    asked.add_argument("--rounds", type=int, default=1, help="how often, each with the next seed")
    asked.add_argument("--seed", type=int, default=0)
    given_ = asked.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory() as folder, entered(Path(folder)):
        furnish(Path(folder))
        for number in range(given_.seed, given_.seed + given_.rounds):
            for name in given_.families:
                bad += _hunted(name, Path(folder), given_.cases, number)
    return bool(bad)


def _hunted(name: str, home: Path, cases: int, number: int) -> int:
    """Print what a hunt came to; return the number of faults."""
    start = time.monotonic()
    statuses, faults = hunt(name, home, cases, number)
    counts = ", ".join(f"exit {status}: {count}" for status, count in sorted(statuses.items()))
    print(f"{name:8} {sum(statuses.values()):6} cases in {time.monotonic() - start:6.1f} s  {counts}", flush=True)
    for fault, words in faults.items():
        print(f"    {fault}\n        {words}"[:1800], flush=True)
    return len(faults)


if __name__ == "__main__":
    sys.exit(main())
