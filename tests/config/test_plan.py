from synthinv.config import plan
from synthinv.config.load import load
from synthinv.instruments.registry import instrument_file

from .mappings import Mapping


def test_each_kind_of_predictor_has_its_list(ablated: Mapping) -> None:
    config = load(ablated)
    ablation = ["adam", "log-adam", "few", "l2-5", "l2-20", "log-adam-5", "log-adam-20"]
    assert [e.name for e in plan.all_experiments(config)] == ["plain", "l2", *ablation]
    assert [p.name for p in plan.reported_one_by_one(config)] == ["plain", "l2", "mine"]
    trained = [p.name for p in plan.trained_predictors(config)]
    assert trained == ["plain", "l2", *ablation, "mine"]
    assert [s.name for s in plan.refined_solvers(config)] == ["mine"]
    assert list(plan.predictors(config)) == [*trained, "mine-refined"]
    assert {plan.test_set(config, name) for name in plan.predictors(config)} == {"test"}


def test_an_experiment_counts_its_own_patches_or_all(ablated: Mapping) -> None:
    config = load(ablated)
    counts = [plan.patch_count(config, plan.experiment(config, name)) for name in ("l2", "few")]
    assert counts == [20, 15]


def test_the_first_experiment_on_a_test_set_is_the_baselines_reference(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "other", "samples": 10, "shard_size": 10})
    experiment = mapping["experiments"][0]
    mapping["experiments"] += [{**experiment, "name": "third", "test": "other"}]
    config = load(mapping)
    assert plan.test_sets(config) == ("test", "other")
    found = [plan.reference(config, name) for name in ("test", "other")]
    assert found == [("final", "small", None)] * 2
    assert plan.main_test_set(config) == "test"
    mapping["experiments"][2] |= {"samples": 10}
    assert plan.reference(load(mapping), "other") == ("final", "small", 10)


def test_without_an_experiment_baselines_learn_from_what_a_solver_learns_from(
    alone: Mapping,
) -> None:
    alone["data_sets"].insert(0, {"name": "large", "samples": 20_000, "shard_size": 100})
    alone["solvers"][0]["train"] = "final"
    assert plan.reference(load(alone), "test") == ("final", "small", 20)
    # Fresh notes are kept nowhere.
    alone["solvers"][0]["train"] = None
    assert plan.reference(load(alone), "test") == ("large", "small", plan.BASELINE_PATCHES)
    assert plan.captured_data_sets(load(alone)) == ("large", "test")
    alone["data_sets"][0]["fixed"] = {"a": 1}
    assert plan.reference(load(alone), "test") == ("final", "small", 20)


def test_the_main_test_set_is_that_of_the_first_thing_the_report_is_on(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "other", "samples": 10, "shard_size": 10})
    mapping["solvers"][0]["test"] = "other"
    assert plan.main_test_set(load(mapping)) == "test"
    del mapping["report"]["main"], mapping["report"]["unregularised"]
    assert plan.main_experiments(load(mapping)) is None
    assert plan.main_test_set(load(mapping)) == "other"
    mapping["solvers"] = []
    assert plan.main_test_set(load(mapping)) == "test"


def test_an_example_is_drawn_in_its_experiments_spectrogram(mapping: Mapping) -> None:
    mapping["spectrograms"].append({"name": "other", "nperseg": 32, "nfft": 128})
    mapping["experiments"][1]["spectrogram"] = "other"
    config = load(mapping)
    names = [plan.example_spectrogram(config, name).name for name in ("plain", "l2", "mine")]
    assert names == ["small", "other", "small"]


def test_an_example_of_a_solver_alone_is_drawn_in_the_first_spectrogram(alone: Mapping) -> None:
    alone["spectrograms"].insert(0, {"name": "first", "nperseg": 32, "nfft": 128})
    assert plan.example_spectrogram(load(alone), "mine").name == "first"


def test_a_grid_search_is_compared_with_baselines_of_its_instrument_alone(mapping: Mapping) -> None:
    assert plan.baseline_test_set(load(mapping), "decay") == "test"
    mapping["data_sets"].append({"name": "fixed", "samples": 100, "fixed": {"a": 1}})
    mapping["grid_searches"][0]["data_set"] = "fixed"
    assert plan.baseline_test_set(load(mapping), "decay") is None


def test_sounds_are_shared_out_among_the_jobs_of_a_patch_search(mapping: Mapping) -> None:
    mapping["patch_searches"] |= {"sounds": 30, "sounds_per_job": 4}
    jobs = plan.patch_search_jobs(load(mapping))
    # There are ten sounds.
    shares = {"00000": [0, 1, 2, 3], "00001": [4, 5, 6, 7], "00002": [8, 9]}
    assert {job: list(sounds) for job, sounds in jobs.items()} == shares


def test_patch_searches_are_compared_with_predictors_of_one_render(ablated: Mapping) -> None:
    found = plan.one_render_predictors(load(ablated))
    assert found == ["mean", "nearest", "one_step", "plain", "l2", "mine"]


def test_nothing_is_refined_or_searched_in_real_time(mapping: Mapping) -> None:
    assert plan.has_render_curves(load(mapping))
    mapping["engine"] = {"kind": "live", "midi_port": "x"}
    mapping["solvers"][0]["train"] = "final"
    config = load(mapping)
    assert plan.refined_solvers(config) == ()
    assert plan.patch_search_methods(config) == ()
    assert not plan.has_render_curves(config)


def test_shards_are_numbered(mapping: Mapping) -> None:
    data_set = load(mapping).data_set("final")
    assert plan.shard_names(data_set) == plan.shard_names(data_set, 11) == ("00000", "00001")
    assert plan.shard_names(data_set, 10) == ("00000",)


def test_only_data_sets_that_something_uses_are_captured(mapping: Mapping) -> None:
    mapping["data_sets"].insert(0, {"name": "idle", "samples": 100})
    assert plan.captured_data_sets(load(mapping)) == ("final", "test")


def test_without_a_report_every_data_set_is_captured(mapping: Mapping) -> None:
    mapping["data_sets"].insert(0, {"name": "idle", "samples": 100})
    del mapping["report"]
    assert plan.captured_data_sets(load(mapping)) == ("idle", "final", "test")


def test_what_a_solver_is_trained_on_is_captured(mapping: Mapping) -> None:
    mapping["data_sets"].append({"name": "library", "samples": 100})
    mapping["solvers"][0]["train"] = "library"
    assert plan.captured_data_sets(load(mapping)) == ("final", "test", "library")


def test_sounds_are_matched_by_the_synth_of_their_solver(mapping: Mapping) -> None:
    assert plan.match_instrument(load(mapping), "organ") == "instrument.yaml"
    for data_set in mapping["data_sets"]:
        data_set |= {"instrument": "other.yaml", "fixed": {"range": 51}}
    mapping["match"] = {"solver": "mine"}
    assert plan.match_instrument(load(mapping), "organ") == "other.yaml"


def test_the_gallerys_sounds_are_matched_as_the_command_matches(mapping: Mapping) -> None:
    mapping["match"] = {"solver": "mine"}
    mapping["gallery"] = {"experiment": "l2", "sounds": [{"name": "horn", "title": "A horn"}]}
    config = load(mapping)
    assert plan.match_instrument(config, "horn") == str(instrument_file("minimoog"))
    assert plan.match_solver(config, "horn") is None
    assert plan.match_solver(config, "organ") == "mine"
