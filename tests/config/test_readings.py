import pytest

from synthinv.config import plan
from synthinv.config.load import load
from synthinv.config.readings import reading_data_sets, reading_trainings

from .mappings import Mapping, put, refusal


def test_every_published_training_is_planned(read: Mapping) -> None:
    config = load(read)
    assert config.readings is not None
    trainings = {t.name: t for t in reading_trainings(config.readings, plan.reading(config, "one"))}
    assert list(trainings) == [
        *("sgd", "adagrad", "adadelta", "fewer-layers", "tuned"),
        *("l2", "no-l2", "simpler"),
    ]
    assert {t.settings["last_kernels"] for t in trainings.values()} == {1}
    assert trainings["sgd"].settings == {
        "last_kernels": 1,
        "optimiser": "sgd",
        "hidden_layers": 4,
        "hidden_units": 800,
        "weight_decay": 0,
    }
    assert trainings["fewer-layers"].settings["hidden_units"] == 200
    tuned = trainings["tuned"].settings
    assert (tuned["rho"], tuned["weight_decay"]) == (0.45, 0.0005)
    assert trainings["l2"].settings == trainings["simpler"].settings == tuned
    assert trainings["no-l2"].settings == {**tuned, "weight_decay": 0}
    assert {name: t.test for name, t in trainings.items() if t.test} == {
        "l2": "test",
        "simpler": "simpler-test",
    }
    assert {name: t.epochs for name, t in trainings.items() if t.epochs > 1} == {
        "l2": 2,
        "no-l2": 2,
        "simpler": 2,
    }
    assert trainings["simpler"].spectrogram == "fewer"


def test_the_data_sets_of_readings_are_captured(read: Mapping) -> None:
    config = load(read)
    sets = ["final", "test", "simpler", "simpler-test"]
    assert reading_data_sets(config.readings) == sets
    assert plan.captured_data_sets(config) == tuple(sets)


def test_without_readings_nothing_is_planned(mapping: Mapping) -> None:
    config = load(mapping)
    assert plan.readings(config) == ()
    assert reading_data_sets(config.readings) == []


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("search.data_set", "x", "readings.search.data_set: there is no 'x' (known: final, test, "),
        ("final.train", "x", "readings.final.train: there is no 'x'"),
        ("final.test", "x", "readings.final.test: there is no 'x'"),
        ("simpler.train", "x", "readings.simpler.train: there is no 'x'"),
        ("simpler.test", "x", "readings.simpler.test: there is no 'x'"),
        ("final.test", "final", "readings.final: test must not be the data set it trains on"),
        ("simpler.train", "simpler-test", "readings.simpler: test must not be the data set it tr"),
        (
            "final.test",
            "simpler-test",
            "readings: the data sets of search and final must have the same fixed parameters",
        ),
        (
            "simpler.test",
            "test",
            "readings: the data sets of simpler must have the same fixed parameters",
        ),
        ("of.1.name", "all", "readings.of: the name 'all' is given twice"),
        (
            "of.0.spectrogram",
            "x",
            "readings.of.all.spectrogram: there is no 'x' (known: small, fewer",
        ),
        ("of.0.fewer_bands", "x", "readings.of.all.fewer_bands: there is no 'x'"),
        (
            "of.0.settings",
            {"rate": 1},
            "readings.of.all.settings: there is no 'rate' (known: ",
        ),
        (
            "of.0.settings",
            {"padding": -1},
            "readings.of.all.settings: padding: input should be greater",
        ),
        ("of.0.settings", {"convolutions": 8}, "is too small for 8 convolutions"),
        (
            "of.0.settings",
            {"rho": 0.9},
            "readings.of.all.settings: 'rho' is set by the thesis's trainings; leave it out",
        ),
        (
            "of.0.settings",
            {"threads": 2},
            "readings.of.all.settings: 'threads' is one for all readings; set training.threads",
        ),
        ("of", [], "readings.of: tuple should have at least 1 item"),
        ("repeats", 100_000, "of 2 readings are 200,000 jobs, but at most 100,000 can be planned"),
    ],
    ids=str,
)
def test_a_mistake_in_the_readings_is_named(
    read: Mapping, path: str, value: object, sentence: str
) -> None:
    assert sentence in refusal(put(read, f"readings.{path}", value))


def test_readings_of_several_instruments_are_refused(read: Mapping) -> None:
    for data_set in read["data_sets"][2:]:
        data_set["instrument"] = "minimoog-3osc"
    assert "simpler, simpler-test must have the same instrument" in refusal(read)
