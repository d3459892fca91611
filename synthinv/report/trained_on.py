"""How much data every predictor was trained on, in words."""

from synthinv.config.root import Config


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
    networks = [network for network in config.networks if network.test == test_set]
    # The mean of the patches that the first of them is trained on, and the nearest of these, see
    # `Targets.reference`.
    found = dict.fromkeys(("mean", "nearest"), f"{config.patch_count(networks[0]):,} patches")
    for network in networks:
        epochs = f"{network.epochs} epoch{'s' if network.epochs > 1 else ''}"
        found[network.name] = f"{config.patch_count(network):,} patches, {epochs}"
    for solver in (solver for solver in config.solvers if solver.test == test_set):
        found[solver.name] = f"{config.solver_settings(solver.name).notes:,} notes"
        if solver in config.refined:
            renders = config.refinement.renders
            found[solver.refined] = f"as {solver.name}, then {renders:,} renders a sound"
    return found
