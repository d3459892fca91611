"""Folders of trained solvers: those of their trainings, and those that come with synthinv."""

from pathlib import Path

from synthinv.common.errors import SynthinvError

MODEL = "model.json"
"""The manifest in a solver's folder."""
SHIPPED = Path(__file__).parent / "models"
"""Solvers that come with synthinv, each in a folder named after its instrument."""
HOW_TO_NAME = "name its folder: --solver DIR (in Python, solver=; in the workflow, match.solver)"
"""How to match with another solver, for the ends of error messages."""


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
            f"{folder}: holds no solver ({manifest.name} is missing); name the folder of a training"
        )
    return manifest


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
        names = ", ".join(sorted(folder.name for folder in SHIPPED.iterdir()))
        raise SynthinvError(
            f"no solver for '{instrument}' comes with synthinv (only for {names}); train one, and "
            f"{HOW_TO_NAME}"
        )
    return manifest
