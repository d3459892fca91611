import base64
import io
from typing import Any

import numpy as np
import pytest
import soundfile

from synthinv.pages.html import audio_uri, data_uri

RATE = 8_000


def decoded(uri: str) -> tuple[Any, int]:
    head, content = uri.split(",")
    assert head == "data:audio/wav;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(content)))
    return samples, rate


@pytest.mark.parametrize("level", [0.001, 0.5, 1.0])
def test_a_note_becomes_a_playable_wav_at_a_common_level(level: float) -> None:
    note = np.sin(np.arange(1_000) / 5).astype(np.float32)
    samples, rate = decoded(audio_uri(np.float32(level) * note, RATE))
    assert rate == RATE
    assert np.abs(samples).max() == pytest.approx(0.5, abs=1e-4)
    np.testing.assert_allclose(samples, 0.5 * note / np.abs(note).max(), atol=1e-4)


def test_silence_becomes_a_playable_wav() -> None:
    samples, _ = decoded(audio_uri(np.zeros(100, np.float32), RATE))
    assert samples.shape == (100,)
    assert not samples.any()


def test_a_data_uri_holds_the_bytes() -> None:
    assert data_uri(b"<svg/>", "image/svg+xml") == "data:image/svg+xml;base64,PHN2Zy8+"
