"""How much data every predictor was trained on, in words."""

from synthinv.config import plan
from synthinv.config.root import Config
from synthinv.config.sections.solver import SolverConfig


def trained_on(config: Config, test_set: str) -> dict[str, str]:
    """Describe the training data of the predictors that are tested on a test set.

    Parameters
    ----------
    config : Config
        Configuration.
    test_set : str
        Name of the test set.

    Returns
    -------
    dict of str to str
        Keyed by predictor; those without training data (random, one-step, oracle) are left out.
    """
    networks = [network for network in plan.all_experiments(config) if network.test == test_set]
    found = {}
    if learnt := plan.reference(config, test_set):
        patches = learnt.samples or config.data_set(learnt.data_set).samples
        found = dict.fromkeys(("mean", "nearest"), f"{patches:,} patches")
    for network in networks:
        epochs = f"{network.epochs} epoch{'s' if network.epochs > 1 else ''}"
        found[network.name] = f"{plan.patch_count(config, network):,} patches, {epochs}"
    for solver in (solver for solver in config.solvers if solver.test == test_set):
        found[solver.name] = f"{plan.solver_settings(config, solver.name).notes:,} notes"
        if solver in plan.refined_solvers(config):
            renders = config.refinement.renders
            found[plan.refined_name(solver)] = f"as {solver.name}, then {renders:,} renders a sound"
    return found


def notes_used(solver: SolverConfig, train: str | None) -> str:
    """Describe the notes that a solver was trained on.

    Parameters
    ----------
    solver : SolverConfig
        Its settings.
    train : str or None
        Data set that it was trained on; None for random patches.

    Returns
    -------
    str
        How many there were, and how often each was used.
    """
    if train is not None:
        return f"{solver.notes:,} notes of the data set {train}, repeats counted"
    uses = 1 if solver.varied is None else solver.varied.uses
    often = "each used once" if uses == 1 else f"repeats counted, each used up to {uses} times"
    return f"{solver.notes:,} notes{_patches(solver)}, {often} and silent ones left out"


def _patches(solver: SolverConfig) -> str:
    """Say that the patches are random, unless some of them lie near presets."""
    kinds = () if solver.varied is None else solver.varied.kinds
    near = any(kind.presets for kind in kinds if solver.kinds is None or kind.name in solver.kinds)
    return "" if near else " of random patches"
