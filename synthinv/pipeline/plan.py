"""The ablation's networks: what each one changes, and what it is trained and tested on."""

from typing import Any

from synthinv.config.root import Config
from synthinv.config.sections.experiment import ExperimentConfig


def plan(config: Config) -> list[dict[str, Any]]:
    """List the ablation's networks, in the order of the table.

    Parameters
    ----------
    config : Config
        A configuration with an ablation.

    Returns
    -------
    list of dict
        First the experiments that variants change, then the variants, then the learning curves'
        points: `experiment`, `title`, `base` (what it changes; empty for an experiment), `curve`
        (whose learning curve it is a point of; empty if none), `data_set` (its test set), `samples`
        and `epochs`.
    """
    variants = () if config.ablation is None else config.ablation.variants
    bases = {v.name: v.base for v in variants}
    starts = [e for e in config.experiments if e.name in bases.values()]
    rows = [_planned(config, e, base=bases.get(e.name, "")) for e in (*starts, *config.variants)]
    for name, points in config.learning_curves.items():
        rows += [_planned(config, point, curve=name) for point in points]
    return rows


def _planned(
    config: Config, experiment: ExperimentConfig, base: str = "", curve: str = ""
) -> dict[str, Any]:
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "base": base,
        "curve": curve,
        "data_set": experiment.test,
        "samples": config.patch_count(experiment),
        "epochs": experiment.epochs,
    }
