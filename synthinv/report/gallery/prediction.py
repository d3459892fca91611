"""What a network of the thesis predicts for a sound of the gallery."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.presses import KeyPress
from synthinv.audio.sound_file import Sound, fit
from synthinv.config.sections.spectrogram import SpectrogramConfig
from synthinv.config.shapes import spectrogram_shape
from synthinv.instruments.model import Instrument, Patches
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.player import Player
from synthinv.matching.proposals import own_key
from synthinv.metrics.audio import mss
from synthinv.spectrogram.store import SpectrogramData, write_store
from synthinv.spectrogram.transform import spectrogram
from synthinv.thesis.checkpoint import load_network
from synthinv.thesis.training import predict


@dataclass(frozen=True)
class PlayedPrediction:
    """A prediction, played at the sound's own pitch.

    Attributes
    ----------
    patch : uint8 array [parameters]
        Steps.
    key : int
        MIDI note number at which it is played.
    mss : float
        Its distance from the sound in dB, compared as a match is.
    played : float32 array [samples]
        As long as the sound.
    """

    patch: Patches
    key: int
    mss: float
    played: npt.NDArray[np.float32]


def predicted_patch(
    model: Path, sound: Sound, samples: int, config: SpectrogramConfig, instrument: Instrument
) -> Patches:
    """Predict the patch of a sound.

    The network is given what it was trained on: the image of as many samples as a note has, from
    the sound's start. A shorter sound is followed by silence.

    Parameters
    ----------
    model : Path
        The network's manifest.
    sound : Sound
        The sound, at the sample rate of the training.
    samples : int
        Length of a note in the training.
    config : SpectrogramConfig
        Spectrogram of the training.
    instrument : Instrument
        Instrument of the training.

    Returns
    -------
    uint8 array [parameters]
        Steps.
    """
    image = spectrogram(fit(sound.audio, samples), sound.sample_rate, config)
    # The network reads stores only; this one's patch is unknown, and is not read.
    unknown = np.zeros((1, len(instrument.names)), dtype=np.uint8)
    shape = (1, *spectrogram_shape(config, samples))
    with tempfile.TemporaryDirectory() as folder:
        store, manifest = Path(folder, "sound.zarr.zip"), Path(folder, "sound.json")
        write_store(store, manifest, [image], shape, unknown, instrument.names, {})
        data = SpectrogramData([manifest])
        network, loss = load_network(model, data, instrument)
        labels = loss.labels(predict(network, data))
    patch: Patches = instrument.decode(labels)[0]
    return patch


def played_prediction(patch: Patches, sound: Sound, keyboard: Keyboard) -> PlayedPrediction:
    """Play a patch at a sound's own pitch, and compare the two as a match is compared.

    Parameters
    ----------
    patch : uint8 array [parameters]
        Steps.
    sound : Sound
        The sound.
    keyboard : Keyboard
        Plays the instrument, with the note of the training.

    Returns
    -------
    PlayedPrediction
        The patch as it sounds.
    """
    player = Player(keyboard, sound, keyboard.playing)
    compared = player.compared_sound()
    pitch = estimate_pitch(compared[: len(sound.audio)], sound.sample_rate)
    press = KeyPress(own_key(pitch, keyboard.playing.note.number))
    note = player.compared_engine(press).render(patch[np.newaxis])[0]
    return PlayedPrediction(
        patch=patch,
        key=press.key,
        mss=mss(compared, note, sound.sample_rate),
        played=player.play_whole(patch[np.newaxis], press)[0],
    )
