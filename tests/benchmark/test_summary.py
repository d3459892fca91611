import pandas as pd
import pytest

from synthinv.benchmark.scores import WHOLE_SOUND_METRICS
from synthinv.benchmark.summary import (
    Entry,
    compared,
    entries,
    entry_scores,
    families,
    ranked,
    with_origins,
)
from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import benchmark_sounds
from synthinv.config.sections.benchmark import BenchmarkConfig, SoundBlockConfig

MATCH, SEARCH = Entry("match", 0), Entry("cma", 20)
ERRORS = {"match": [1.0, 2.0, 3.0, 4.0], "cma": [2.0, 2.0, 1.0]}


@pytest.fixture
def scores() -> pd.DataFrame:
    rows = [
        {
            "sound": f"sound-{i}",
            "origin": f"soundfont {i}",
            "family": "drums" if i else "pipe",
            "method": method,
            "budget": 0 if method == "match" else 20,
            "renders": 200 + i,
            **dict.fromkeys(WHOLE_SOUND_METRICS, error),
        }
        for method, errors in ERRORS.items()
        for i, error in enumerate(errors)
    ]
    return pd.DataFrame(rows)


def test_entries_and_families_keep_their_order(scores: pd.DataFrame) -> None:
    assert entries(scores) == [MATCH, SEARCH]
    assert families(scores) == ["pipe", "drums"]


def test_an_entry_has_means_medians_and_intervals(scores: pd.DataFrame) -> None:
    seconds = scores[["sound", "method", "budget"]].assign(seconds=3.0)
    row = entry_scores(scores, seconds, MATCH)
    assert (row.sounds, row.renders) == (4, 201.5)
    assert (row.seconds.mean, row.seconds.lower, row.seconds.upper) == (3, 3, 3)
    found = row.metrics["mss"]
    assert (found.mean, found.median) == (2.5, 2.5)
    assert 1 < found.lower < 2.5 < found.upper < 4


def test_an_interval_is_that_of_the_programs_not_of_their_sounds(scores: pd.DataFrame) -> None:
    seconds = scores[["sound", "method", "budget"]].assign(seconds=3.0)
    twice = pd.concat([scores, scores.assign(sound="other-" + scores["sound"])])
    times = pd.concat([seconds, seconds.assign(sound="other-" + seconds["sound"])])
    once, both = entry_scores(scores, seconds, MATCH), entry_scores(twice, times, MATCH)
    assert both.sounds == 2 * once.sounds
    # A second note that repeats the first of its program makes nothing more certain.
    assert both.metrics == once.metrics
    won, again = compared(scores, MATCH, SEARCH), compared(twice, MATCH, SEARCH)
    assert won is not None
    assert again is not None
    assert again.wins == won.wins


def test_sounds_of_one_program_have_one_origin() -> None:
    blocks = (
        SoundBlockConfig(family="organ", split="test", programs=2, notes=2, keys=(60, 67, 72)),
        SoundBlockConfig(family="drums", source="drums", split="test", programs=(35, 38)),
    )
    sounds = benchmark_sounds(BenchmarkConfig(sounds=blocks))
    table = pd.DataFrame({"sound": [sound.name for sound in sounds]})
    origins = with_origins(table, sounds)["origin"].tolist()
    assert origins[0] == origins[1]
    assert origins[2] == origins[3]
    assert len(set(origins)) == 4
    with pytest.raises(SynthinvError, match="has no 'drums-38', of which there are scores"):
        with_origins(table, sounds[:-1])


def test_wins_are_counted_on_the_sounds_of_both_and_ties_as_half(scores: pd.DataFrame) -> None:
    won, lost = (compared(scores, *pair) for pair in ((MATCH, SEARCH), (SEARCH, MATCH)))
    assert won is not None
    assert lost is not None
    assert (won.sounds, won.wins.mean, lost.wins.mean) == (3, 0.5, 0.5)
    assert [won.first_mean, won.second_mean] == pytest.approx([2, 5 / 3])


def test_more_is_better_for_the_cosine_alone(scores: pd.DataFrame) -> None:
    pipe = scores[scores["family"] == "pipe"]
    wins = {}
    for metric in WHOLE_SOUND_METRICS:
        one = compared(pipe, MATCH, SEARCH, metric)
        assert one is not None
        wins[metric] = one.wins.mean
    assert wins == {**dict.fromkeys(WHOLE_SOUND_METRICS, 1.0), "rms_cosine": 0.0}


def test_entries_without_a_common_sound_cannot_be_compared(scores: pd.DataFrame) -> None:
    apart = scores[(scores["method"] == "match") ^ (scores["sound"] == "sound-0")]
    assert compared(apart, MATCH, SEARCH) is None


def test_sounds_are_ranked_without_repeats(scores: pd.DataFrame) -> None:
    assert ranked(scores, MATCH, 3) == {
        "best": ["sound-0"],
        "median": ["sound-1"],
        "worst": ["sound-3"],
    }
