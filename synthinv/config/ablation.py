"""The experiments of an ablation: its variants, and the points of its learning curves."""

from synthinv.config.root import Config
from synthinv.config.sections.experiment import (
    ExperimentConfig,
    LearningCurvesConfig,
    VariantConfig,
)


def variant_experiments(config: Config) -> tuple[ExperimentConfig, ...]:
    """Return the ablation's variants as experiments."""
    known = {e.name: e for e in config.experiments}
    found = []
    for variant in config.ablation.variants if config.ablation else ():
        known[variant.name] = _variant_of(known[variant.base], variant)
        found.append(known[variant.name])
    return tuple(found)


def learning_curve_experiments(config: Config) -> dict[str, tuple[ExperimentConfig, ...]]:
    """Return the points of the learning curves as experiments, by the experiment trained again."""
    curves = config.ablation.learning_curves if config.ablation else None
    if curves is None:
        return {}
    known = {e.name: e for e in (*config.experiments, *variant_experiments(config))}
    return {name: _curve_of(known[name], curves) for name in curves.of}


def ablation_experiments(config: Config) -> tuple[ExperimentConfig, ...]:
    """Return the ablation's variants, then the points of its learning curves, as experiments."""
    curves = learning_curve_experiments(config).values()
    return (*variant_experiments(config), *(point for curve in curves for point in curve))


def _variant_of(base: ExperimentConfig, variant: VariantConfig) -> ExperimentConfig:
    own = variant.model_dump(exclude={"base", "settings"}, exclude_none=True)
    settings = {**base.settings, **variant.settings}
    return ExperimentConfig.model_validate({**base.model_dump(), **own, "settings": settings})


def _curve_of(base: ExperimentConfig, curves: LearningCurvesConfig) -> tuple[ExperimentConfig, ...]:
    return tuple(
        base.model_copy(
            update={
                **point.model_dump(),
                "name": f"{base.name}-{point.samples}",
                "train": curves.train,
            }
        )
        for point in curves.points
    )
