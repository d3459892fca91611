"""Fuzzing of everything that is read: `python -m tests.fuzz INPUTS [--seed S]`.

Inputs are made of good ones by changing bytes, texts and trees at random, each from a seed of its
own, and read as the workflow and the commands read them. Each must be accepted or refused with one
sentence, within ten seconds and two more gigabytes of memory; nothing may be executed, and nothing
written. Prints the counts; the exit status is 1 if an input fails. Such inputs are kept below
results/fuzz; `--replay KIND:NUMBER` reads one again, in plain sight.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from .runner import KEPT, Input, fuzz, makers_in

OUTCOMES = ("accepted", "refused", "failed")


def main() -> int:
    """Read so many inputs and print what became of them."""
    parser = argparse.ArgumentParser(
        prog="tests.fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("inputs", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--replay", metavar="KIND:NUMBER")
    options = parser.parse_args()
    if options.replay:
        replay(options.replay, options.seed)
        return 0
    started = time.monotonic()
    outcomes = fuzz(options.inputs, options.seed, options.processes)
    table = {
        kind: [outcomes.counts[kind, outcome] for outcome in OUTCOMES]
        for kind in sorted({kind for kind, _ in outcomes.counts})
    }
    table["all"] = [sum(column) for column in zip(*table.values(), strict=True)]
    print(f"{'kind':12}{'inputs':>10}" + "".join(f"{outcome:>10}" for outcome in OUTCOMES))
    for kind, counts in table.items():
        print(f"{kind:12}{sum(counts):>10,}" + "".join(f"{count:>10,}" for count in counts))
    print(f"seed {options.seed}, {time.monotonic() - started:.0f} s")
    for item, why in outcomes.failures.items():
        print(f"--replay {item} --seed {options.seed}: {why}")
    return int(bool(outcomes.failures))


def replay(name: str, seed: int) -> None:
    """Read one input again; what it raises is not caught."""
    kind, number = name.split(":")
    item = Input(kind, int(number))
    make_input = makers_in(KEPT / "replayed", [kind])[kind]
    print(make_input(item.rng(seed))(), Path(KEPT / "replayed" / kind))


if __name__ == "__main__":
    sys.exit(main())
