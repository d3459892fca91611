"""Folders of trained solvers: those of their trainings, and those that come with synthinv.

Beside a solver that comes along lies its card: version, licence, what it was trained on, how good
it is. A card holds the digest of the network that it describes, and of no other.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from synthinv.common.errors import SynthinvError
from synthinv.common.files import Manifest, read_manifest, read_yaml, verified
from synthinv.common.validation import Section, validated

MODEL = "model.json"
"""The manifest in a solver's folder."""
CARD = "card.yaml"
"""The card beside it, of a solver that comes with synthinv."""
SHIPPED = Path(__file__).parent / "models"
"""Solvers that come with synthinv, each in a folder named after its instrument."""
MOST_BYTES = 10_000_000
"""Largest size of a solver that comes with synthinv, all of its files together."""
HOW_TO_NAME = "name its folder: --solver DIR (in Python, solver=; in the workflow, match.solver)"
"""How to match with another solver, for the ends of error messages."""


class Score(Section):
    """How close a solver came to the sounds of a test set."""

    sounds: str = Field(description="The test set.")
    method: str = Field(description="The network alone, or what its predictions were refined with.")
    mss: float = Field(ge=0, description="MSS in decibels, the mean unless `of` says otherwise.")
    of: str = Field("mean", description="Mean or median.")
    one_step: float | None = Field(
        None, ge=0, description="The same, × the one-step error of the same sounds."
    )


class SolverCard(Section):
    """What `card.yaml` says about a solver that comes with synthinv."""

    name: str = Field(description="The solver's folder, which is named after the instrument.")
    version: str = Field(pattern=r"^\d+\.\d+$", description="Raised with every new training.")
    licence: str = Field(description="SPDX identifier.")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the network.")
    trained_on: str = Field(description="Where its notes come from, in a sentence.")
    made_by: str = Field(description="Target of the Makefile that trains it.")
    page: str | None = Field(None, description="Page of docs/solvers with all of its scores.")
    scores: tuple[Score, ...] = Field(min_length=1, description="How good it is.")


@dataclass(frozen=True)
class ShippedSolver:
    """A solver that comes with synthinv.

    Attributes
    ----------
    card : SolverCard
        Its card.
    folder : Path
        Where it lies.
    manifest : dict
        The content of its manifest.
    size : int
        Bytes of its files.
    """

    card: SolverCard
    folder: Path
    manifest: Manifest
    size: int


def solver_in(folder: Path) -> Path:
    """Find a solver's manifest.

    Parameters
    ----------
    folder : Path
        Folder of a solver's training, such as `results/train/solver`.

    Returns
    -------
    Path
        For `synthinv.solver.checkpoint.load_solver`.

    Raises
    ------
    SynthinvError
        If the folder has none.
    """
    manifest = folder / MODEL
    if not manifest.is_file():
        raise SynthinvError(
            f"{folder}: holds no solver ({manifest.name} is missing); name another folder"
        )
    return manifest


def shipped_names() -> list[str]:
    """List the instruments for which a solver comes with synthinv."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{MODEL}"))


def shipped_solver(instrument: str) -> Path:
    """Find the manifest of the solver that comes with synthinv.

    Parameters
    ----------
    instrument : str
        The instrument's name.

    Returns
    -------
    Path
        For `synthinv.solver.checkpoint.load_solver`.

    Raises
    ------
    SynthinvError
        If none comes for that instrument.
    """
    manifest = SHIPPED / instrument / MODEL
    if not manifest.is_file():
        raise SynthinvError(
            f"no solver for '{instrument}' comes with synthinv (only for "
            f"{', '.join(shipped_names())}); train one, and {HOW_TO_NAME}"
        )
    return manifest


def named_solver(name: str | Path) -> Path:
    """Find a solver's manifest by its folder, or by the name of one that comes with synthinv.

    Parameters
    ----------
    name : str or Path
        The folder of its training, which stands above a name, or the name, such as `dx7`.

    Returns
    -------
    Path
        For `synthinv.solver.checkpoint.load_solver`.

    Raises
    ------
    SynthinvError
        If there is neither such a folder nor such a name, or the folder has no solver.
    """
    folder = Path(name)
    if folder.exists():
        return solver_in(folder)
    if str(name) not in shipped_names():
        raise SynthinvError(
            f"solver: there is no folder '{name}', and no solver of that name (known: "
            f"{', '.join(shipped_names())}); name one of them, or the folder of a trained solver"
        )
    return shipped_solver(str(name))


def registered(folder: Path) -> ShippedSolver:
    """Read a solver's card, and check it against the solver.

    Parameters
    ----------
    folder : Path
        The solver's folder.

    Returns
    -------
    ShippedSolver
        The solver.

    Raises
    ------
    SynthinvError
        If a file is missing or damaged, the card belongs to another network or has another name,
        or the files are too large.
    """
    path = folder / CARD
    card = validated(
        SolverCard, read_yaml(path, "write it, like those of other solvers"), str(path)
    )
    manifest = read_manifest(solver_in(folder))
    verified(folder / MODEL, manifest, "network")
    if card.name != folder.name:
        raise SynthinvError(f"{path}: name: is '{card.name}'; write '{folder.name}'")
    digest = manifest["files"]["network"]["sha256"]
    if card.digest != digest:
        raise SynthinvError(
            f"{path}: digest: is that of another network than {folder / MODEL}; measure this one, "
            f"raise the version, and write {digest}"
        )
    size = sum(file.stat().st_size for file in folder.iterdir())
    if size > MOST_BYTES:
        raise SynthinvError(
            f"{folder}: its files take {size:,} bytes, and {MOST_BYTES:,} at most are shipped; "
            "train a smaller network"
        )
    return ShippedSolver(card, folder, manifest, size)


def registry() -> list[ShippedSolver]:
    """Read the cards of all solvers that come with synthinv, see `registered`."""
    return [registered(SHIPPED / name) for name in shipped_names()]
