"""Files that are cut short, emptied, changed in one bit, or laid over one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np

KINDS = ("cut", "emptied", "flipped", "swapped")


def contents(folder: Path) -> dict[Path, bytes]:
    """Every file within."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@contextmanager
def damaged(right: Mapping[Path, bytes], trial: int, rng: np.random.Generator) -> Iterator[str]:
    """One file damaged, a swap two; yields what was done. Every file is put back.

    Trials take one kind of damage after the other, to one file after the other.
    """
    kind, path = KINDS[trial % len(KINDS)], list(right)[trial // len(KINDS) % len(right)]
    for wrong, content in _damage(kind, path, right, rng).items():
        wrong.write_bytes(content)
    try:
        yield f"{path.name} {kind}"
    finally:
        for path, content in right.items():
            if path.read_bytes() != content:
                path.write_bytes(content)


def _damage(kind: str, path: Path, right: Mapping[Path, bytes], rng: np.random.Generator) -> dict[Path, bytes]:
    held = right[path]
    place = int(rng.integers(len(held)))
    if kind == "cut":
        return {path: held[:place]}
    if kind == "emptied":
        return {path: b""}
    if kind == "flipped":
        return {path: held[:place] + bytes([held[place] ^ (1 << int(rng.integers(8)))]) + held[place + 1 :]}
    other = [file for file in right if file != path][int(rng.integers(len(right) - 1))]
    return {path: right[other], other: held}
