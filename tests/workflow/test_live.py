"""The tiny workflow on a real synth: amsynth on a private JACK server, played over MIDI."""

import pandas as pd
import pytest
import soundfile

from .conftest import Project


@pytest.mark.live
def test_amsynth_is_captured_live_and_reported(fresh: Project) -> None:
    status, output = fresh.snakemake("--cores", "2", configfile="live.yaml")
    assert status == 0, output
    results = fresh.folder / "results"
    notes, sample_rate = soundfile.read(results / "capture" / "test" / "00000.flac")
    assert (len(notes), sample_rate) == (4 * 40_000, 44_100)
    # Every note is audible: silent ones were replaced.
    assert (abs(notes.reshape(4, 40_000)).max(axis=1) >= 1e-3).all()
    metrics = pd.read_csv(results / "metrics.csv")
    assert {"oracle", "mean", "thesis", "thesis-l2", "solver"} <= set(metrics["predictor"])
    assert "engine <code>live</code>" in (results / "report.html").read_text()
    assert fresh.planned(configfile="live.yaml") == {}
