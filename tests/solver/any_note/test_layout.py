"""Where the frames and windows of the any-note solver's image lie."""

import numpy as np

from synthinv.config.sections.solver import SolverConfig
from synthinv.solver.any_note.layout import FRAMES, layout_of

RATE = 44_100
SOLVER = SolverConfig()
LAYOUT = layout_of(SOLVER, RATE)


def test_frames_fill_four_seconds_and_each_is_longer_by_the_same_factor() -> None:
    lengths = np.diff(LAYOUT.edges) / RATE
    assert len(lengths) == FRAMES
    assert LAYOUT.edges[0] == 0
    assert LAYOUT.edges[-1] == 4 * RATE
    np.testing.assert_allclose(lengths, 0.008 * 1.0382315 ** np.arange(FRAMES), atol=1.1 / RATE)


def test_frames_of_54_ms_and_more_have_several_windows_and_slightly_shorter_ones_gaps() -> None:
    lengths = np.diff(LAYOUT.edges) / RATE
    counts = LAYOUT.windows_per_frame
    np.testing.assert_array_equal(counts > 1, lengths > 0.054)
    assert counts.max() == 4
    (alone,) = np.nonzero((counts == 1) & (lengths > SOLVER.window / RATE))
    np.testing.assert_array_equal(alone, [47, 48, 49, 50])
    gaps = np.diff(LAYOUT.starts) - SOLVER.window
    np.testing.assert_array_equal(LAYOUT.frames[1:][gaps > 0], [48, 49, 50])
    assert 0.004 < gaps.max() / RATE < 0.005
