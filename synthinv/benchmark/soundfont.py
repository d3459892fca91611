"""Notes of a SoundFont, played by FluidSynth."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import mido
import soundfile

from synthinv.audio.sound_file import fit
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.instruments.midi import BEATS_PER_MINUTE, TICKS_PER_BEAT

DRUMS = 9
"""General MIDI's drum channel, counted from 0."""
GAIN = "0.5"
"""FluidSynth's gain: loud notes and chords stay well within full scale, and no metric depends on
the level."""
PACKAGES = "fluidsynth and fluid-soundfont-gm (`make gallery-packages`)"


@dataclass(frozen=True)
class SoundFontNote:
    """Keys of a SoundFont, pressed and released together.

    Attributes
    ----------
    program : int
        Program of General MIDI, counted from 0.
    keys : sequence of int
        MIDI note numbers.
    velocity : int
        MIDI velocity.
    held : float
        Seconds for which the keys are held.
    drums : bool
        Whether the keys are those of the drum kit.
    """

    program: int
    keys: Sequence[int]
    velocity: int
    held: float
    drums: bool = False


def played_by_fluidsynth(
    note: SoundFontNote, soundfont: Path, seconds: float, sample_rate: int
) -> Audio:
    """Render a note of a SoundFont, without reverb and chorus.

    Parameters
    ----------
    note : SoundFontNote
        The note.
    soundfont : Path
        The SoundFont.
    seconds : float
        Length of the recording.
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
        midi_file(note, seconds).save(midi)
        # Floating-point numbers, since soft notes would be lost in the dither of 16 bits.
        options = ("-n", "-i", "-q", "-R", "0", "-C", "0", "-g", GAIN, "-r", str(sample_rate))
        command = [program, *options, "-O", "float", "-T", "wav", "-F", str(wav)]
        ended = subprocess.run(
            [*command, str(soundfont), str(midi)], capture_output=True, text=True, check=False
        )
        if ended.returncode or not wav.is_file():
            raise SynthinvError(
                f"{soundfont}: FluidSynth cannot play it ({ended.stderr.strip()[-300:]}); check "
                "that it is a SoundFont"
            )
        channels, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    return fit(channels.mean(axis=1), round(seconds * sample_rate))


def midi_file(note: SoundFontNote, seconds: float) -> mido.MidiFile:
    """Return a note as a MIDI file that is `seconds` long."""
    channel, held = DRUMS if note.drums else 0, min(note.held, seconds)
    tempo = mido.bpm2tempo(BEATS_PER_MINUTE)
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS_PER_BEAT)

    def ticks(seconds: float) -> int:
        return int(mido.second2tick(seconds, TICKS_PER_BEAT, tempo))

    messages = [mido.Message("program_change", channel=channel, program=note.program)]
    for kind, time in (("note_on", 0), ("note_off", ticks(held))):
        for i, key in enumerate(note.keys):
            wait = 0 if i else time
            messages.append(
                mido.Message(kind, channel=channel, note=key, velocity=note.velocity, time=wait)
            )
    end = mido.MetaMessage("end_of_track", time=ticks(seconds - held))
    file.tracks.append(mido.MidiTrack([*messages, end]))
    return file
