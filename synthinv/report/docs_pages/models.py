"""Write docs/models.md: the cards of the solvers that ship, and of what they were trained on."""

import sys
from pathlib import Path
from typing import Any

from synthinv.audio.pitch import note_name
from synthinv.audio.presses import LONGEST_SECONDS
from synthinv.common.files import write_text
from synthinv.common.validation import validated
from synthinv.config.sections.solver import SolverConfig
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import Normal, Parameter
from synthinv.pages.html import fill_markdown
from synthinv.report.trained_on import notes_used
from synthinv.solver.registry import MODEL, ShippedSolver, registry

PAGE = "models.md"
MOST_LISTED = 40
"""Knobs of an instrument for which the page says how they are drawn, one by one."""
PREDICTORS = (
    *("solver", "solver-refined", "any-note", "any-note-refined"),
    *("one_step", "nearest", "random"),
)
"""Rows of the scores that a card repeats."""


def main(docs: Path) -> None:
    """Write the page into the folder of the documentation, whose scores of solvers it repeats."""
    cards = [card(solver, docs) for solver in registry()]
    context = {"cards": cards, "percent": percent, "most_listed": MOST_LISTED}
    write_text(docs / PAGE, fill_markdown("models.md.j2", context))


def card(shipped: ShippedSolver, docs: Path) -> dict[str, Any]:
    """Return what the page says about a solver.

    Parameters
    ----------
    shipped : ShippedSolver
        The solver.
    docs : Path
        The folder of the documentation.

    Returns
    -------
    dict
        Values of the template `models.md.j2`.
    """
    manifest, folder = shipped.manifest, shipped.folder
    instrument = validated(Instrument, manifest["instrument"], str(folder / MODEL))
    note, audio = manifest["playing"]["note"], manifest["playing"]["audio"]
    page = shipped.card.page
    solver = validated(SolverConfig, manifest["solver"], str(folder / MODEL))
    return {
        **varied_notes(solver),
        "card": shipped.card,
        "instrument": instrument,
        "note": note_name(note["number"]),
        "number": note["number"],
        "velocity": note["velocity"],
        "sample_rate": audio["sample_rate"],
        "seconds": audio["samples"] / audio["sample_rate"],
        "level_dbfs": manifest["playing"]["silence"]["level_dbfs"],
        "solver": manifest["solver"],
        "seed": manifest["seed"],
        "notes": notes_used(solver, manifest["train"]),
        "knobs": [(p, drawn(p)) for p in instrument.parameters],
        "files": [
            (file["name"], (folder / file["name"]).stat().st_size / 1e6, file["sha256"])
            for file in manifest["files"].values()
        ],
        "table": page and score_table((docs / "solvers" / page).read_text("utf-8")),
    }


def varied_notes(solver: SolverConfig) -> dict[str, Any]:
    """Return what the page says about the notes of a solver for any note; nothing of another's."""
    varied = solver.varied
    if varied is None:
        return {"varied": None}
    kinds = [k for k in varied.kinds if solver.kinds is None or k.name in solver.kinds]
    lowest, highest = (note_name(key) for key in varied.keys)
    return {
        "varied": varied.model_copy(update={"kinds": tuple(kinds)}).model_dump(mode="json"),
        "longest": LONGEST_SECONDS,
        "lowest": lowest,
        "highest": highest,
        "weight": sum(kind.weight for kind in kinds),
        "near_presets": any(kind.presets is not None for kind in kinds),
    }


def percent(share: float) -> str:
    """Write a share as a percentage."""
    return f"{100 * share:.3g} %"


def drawn(parameter: Parameter) -> str:
    """Describe in a few words how values of a parameter are drawn for training."""
    if parameter.positions is not None:
        return f"{len(parameter.positions)} positions, equally likely"
    if parameter.choices is not None:
        return f"{len(parameter.choices)} choices, equally likely"
    highest = parameter.highest
    if isinstance(parameter.sample, Normal):
        mean, sd = (
            f"{highest * share:.1f}" for share in (parameter.sample.mean, parameter.sample.sd)
        )
        return f"normal, mean {mean}, standard deviation {sd}, within 0 to {highest}"
    return f"uniform, 0 to {highest}"


def score_table(page: str) -> list[str]:
    """Return the first table of a page of scores, with the rows of `PREDICTORS` alone."""
    lines = page.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("| predictor "))
    head, body = lines[first : first + 2], lines[first + 2 :]
    kept = {}
    for line in body[: body.index("")]:
        name = line.split("|")[1].strip()
        # "The solver (`solver`)": its title, and what the report calls it.
        kept[name.rpartition("(`")[2].removesuffix("`)")] = line
    return [*head, *(kept[name] for name in PREDICTORS if name in kept)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
