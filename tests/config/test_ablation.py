import pytest

from synthinv.common.errors import SynthinvError
from synthinv.config import plan
from synthinv.config.ablation import ablation_experiments
from synthinv.config.load import load

from .mappings import Mapping


def test_a_variant_is_its_base_with_what_it_changes(ablated: Mapping) -> None:
    config = load(ablated)
    base, variant = plan.experiment(config, "l2"), plan.experiment(config, "log-adam")
    assert variant.settings == {"optimiser": "adam", "weight_decay": 0}
    assert (variant.title, variant.spectrogram) == ("+ decibels", "log")
    same = ("train", "test", "epochs", "samples", "start_from")
    assert [getattr(variant, f) for f in same] == [getattr(base, f) for f in same]
    few = plan.experiment(config, "few")
    assert (few.samples, few.epochs, few.settings) == (15, 3, {})


def test_a_point_of_a_curve_is_the_same_network_with_other_patches(ablated: Mapping) -> None:
    config = load(ablated)
    point, base = plan.experiment(config, "log-adam-5"), plan.experiment(config, "log-adam")
    assert (point.samples, point.epochs) == (5, 4)
    assert (point.spectrogram, point.settings, point.test) == (
        base.spectrogram,
        base.settings,
        base.test,
    )


def test_the_plan_lists_what_is_changed_then_the_changes_then_the_curves(ablated: Mapping) -> None:
    rows = plan.ablation_rows(load(ablated))
    assert [(r["experiment"], r["base"], r["curve"], r["samples"]) for r in rows] == [
        ("l2", "", "", 20),
        ("adam", "l2", "", 20),
        ("log-adam", "adam", "", 20),
        ("few", "l2", "", 15),
        ("l2-5", "", "l2", 5),
        ("l2-20", "", "l2", 20),
        ("log-adam-5", "", "log-adam", 5),
        ("log-adam-20", "", "log-adam", 20),
    ]


def test_without_an_ablation_nothing_is_planned(mapping: Mapping) -> None:
    config = load(mapping)
    assert plan.ablation_rows(config) == []
    assert ablation_experiments(config) == ()


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ({"base": "x"}, "variants.adam.base: there is no 'x' (known: plain, l2)"),
        ({"base": "few"}, "ablation.variants.adam.base: there is no 'few'"),
        ({"name": "plain"}, "ablation.variants: the name 'plain' is taken; choose another"),
        ({"spectrogram": "x"}, "ablation.adam.spectrogram: there is no 'x'"),
        ({"train": "test"}, "ablation.adam: test must not be the data set it trains on"),
        ({"samples": 30}, "ablation.adam.samples: is 30, but 'final' has only 20"),
        ({"settings": {"rate": 1}}, "ablation.adam.settings: there is no 'rate'"),
        ({"settings": {"pca": 1.5}}, "ablation.adam.settings: pca: input should be less"),
    ],
    ids=str,
)
def test_a_mistake_in_a_variant_is_named(ablated: Mapping, variant: Mapping, sentence: str) -> None:
    ablated["ablation"]["variants"][0].update(variant)
    with pytest.raises(SynthinvError) as caught:
        load(ablated)
    assert sentence in str(caught.value)


def test_a_variant_named_like_a_curves_point_is_refused(ablated: Mapping) -> None:
    ablated["ablation"]["variants"][2]["name"] = "l2-5"
    with pytest.raises(SynthinvError, match="'l2-5' is the name of an experiment of the ablation"):
        load(ablated)


def test_curves_of_other_test_sets_are_refused(ablated: Mapping) -> None:
    ablated["data_sets"].append({"name": "other", "samples": 10, "shard_size": 10})
    ablated["ablation"]["variants"][1]["test"] = "other"
    with pytest.raises(SynthinvError, match=r"learning_curves\.of: name experiments with one test"):
        load(ablated)
