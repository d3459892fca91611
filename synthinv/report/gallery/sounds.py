"""The gallery's sounds, played by FluidSynth or by the built-in synth."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt
import soundfile

from synthinv.audio.sound_file import fit
from synthinv.capture.capture import capture_shard
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.match import GallerySoundConfig
from synthinv.config.sections.playing import PlayingConfig
from synthinv.engines.opening import open_engine
from synthinv.instruments.midi import BEATS_PER_MINUTE, TICKS_PER_BEAT
from synthinv.instruments.model import Instrument

VELOCITY = 100
RELEASED = 0.75
"""Share of a sound after which its keys are released, so that it also fades."""
DRUMS = 9
"""General MIDI's drum channel, counted from 0."""
GAIN = "0.5"
PACKAGES = "fluidsynth and fluid-soundfont-gm (`make gallery-packages`)"

Samples = npt.NDArray[np.float32]


def played_by_fluidsynth(
    sound: GallerySoundConfig, soundfont: Path, seconds: float, sample_rate: int
) -> Samples:
    """Render a sound of a SoundFont, without reverb and chorus.

    Parameters
    ----------
    sound : GallerySoundConfig
        Program or drum, and its keys.
    soundfont : Path
        The SoundFont.
    seconds : float
        Length of the sound.
    sample_rate : int
        In Hz.

    Returns
    -------
    float32 array [samples]
        Both channels mixed.

    Raises
    ------
    SynthinvError
        If FluidSynth or the SoundFont is missing, or FluidSynth fails.
    """
    program = shutil.which("fluidsynth")
    if program is None or not soundfont.is_file():
        missing = "fluidsynth" if program is None else soundfont
        raise SynthinvError(f"{missing}: is not installed; install {PACKAGES}")
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "sound.mid"), Path(folder, "sound.wav")
        midi_file(sound, seconds).save(midi)
        options = ("-n", "-i", "-q", "-R", "0", "-C", "0", "-g", GAIN, "-r", str(sample_rate))
        command = [program, *options, "-T", "wav", "-F", str(wav), str(soundfont), str(midi)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode or not wav.is_file():
            raise SynthinvError(f"fluidsynth: failed with: {ended.stderr.strip()[-300:]}")
        channels, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    return fit(channels.mean(axis=1), round(seconds * sample_rate))


def midi_file(sound: GallerySoundConfig, seconds: float) -> mido.MidiFile:
    """Return a sound's keys as MIDI, held for `RELEASED` of a number of seconds."""
    channel = DRUMS if sound.source == "drum" else 0
    tempo = mido.bpm2tempo(BEATS_PER_MINUTE)
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT)

    def ticks(share: float) -> int:
        return int(mido.second2tick(share * seconds, TICKS_PER_BEAT, tempo))

    messages = [mido.Message("program_change", channel=channel, program=sound.program)]
    for kind, time in (("note_on", 0), ("note_off", ticks(RELEASED))):
        for i, key in enumerate(sound.keys):
            wait = 0 if i else time
            messages.append(
                mido.Message(kind, channel=channel, note=key, velocity=VELOCITY, time=wait)
            )
    end = mido.MetaMessage("end_of_track", time=ticks(1 - RELEASED))
    file.tracks.append(mido.MidiTrack([*messages, end]))
    return file


def played_by_the_built_in_synth(
    sound: GallerySoundConfig,
    playing: PlayingConfig,
    instrument: Instrument,
    seconds: float,
    seed: np.random.SeedSequence,
) -> Samples:
    """Render a random patch of the built-in synth.

    Parameters
    ----------
    sound : GallerySoundConfig
        Its first key is played.
    playing : PlayingConfig
        Velocity, sample rate, and when a note counts as silent.
    instrument : Instrument
        The built-in synth's instrument.
    seconds : float
        Length of the sound.
    seed : numpy.random.SeedSequence
        Seed of the patch and of the phases.

    Returns
    -------
    float32 array [samples]
        The sound.
    """
    note = playing.note.model_copy(update={"number": sound.keys[0], "seconds": RELEASED * seconds})
    samples = round(seconds * playing.audio.sample_rate)
    audio = playing.audio.model_copy(update={"samples": samples})
    settings = playing.model_copy(update={"note": note, "audio": audio})
    with open_engine(settings, instrument, 1, seed) as engine:
        note_played: Samples = capture_shard(engine, instrument, seed, 1, playing.silence).audio[0]
    return note_played
