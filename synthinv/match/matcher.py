"""A patch for any sound: which key, which knobs.

The solver knows one note, and a sound has any pitch. So the sound is transposed to the solver's
note by resampling, whole semitones at a time: what remains, in cents, is left for the tuning knob.
That moves the filter and changes the envelopes' times, too. How far, is found by playing the
answer: it is rendered at the sound's key, transposed in the same way and shown to the solver again,
and what the solver now says too much or too little is taken back.

A synth with a range knob can play a sound at several keys, octaves apart. Those within an octave of
the solver's note are tried, for there the transposition distorts least. Then the patch is brought
home, to the key that has the sound's own pitch, by moving knobs with positions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from math import ceil

import mido
import numpy as np
import numpy.typing as npt

from synthinv.audio.level import amplitude_to_db, db_to_amplitude, peak
from synthinv.audio.pitch import OCTAVE, Pitch, estimate_pitch, nearest_note
from synthinv.audio.sound_file import Sound, fit, resample
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.refinement import RefinementConfig
from synthinv.engines.base import Engine
from synthinv.instruments.classes import (
    Classes,
    Logits,
    class_counts,
    class_values,
    classes_of,
    predicted_labels,
    probabilities,
)
from synthinv.instruments.midi import patch_file
from synthinv.instruments.model import CC_MAX, Instrument, Patches
from synthinv.match.keyboard import Keyboard
from synthinv.metrics.audio import SpectralReference
from synthinv.search.gauss_newton import refine
from synthinv.search.objective import Objective, silenced
from synthinv.solver.base import predict_marginals, solve
from synthinv.solver.checkpoint import TrainedSolver

FAR = 36
"""Semitones: a sound transposed further has lost all but its first moment, or its treble."""
CORRECTIONS = 3
"""How often an answer is played and corrected by what the solver says to that."""
AS_GOOD, NEARLY = 1.02, 0.05
"""A patch at the sound's own key is preferred if its error is no more than 2 % + 0.05 dB higher."""
MOST_MOVED = 6
"""Of an instrument with more knobs with positions, they are not moved together but one by one."""
NEAR = 4
"""CC steps: the confidence in a value is the probability of a value that is so near to it."""
TAIL_SECONDS = 0.05
"""Of a patch's recording after the key is released."""
QUIETER = db_to_amplitude(-40)
"""A patch whose peak is below this share of the sound's (−40 dB) is taken for silence."""
UNLIKELY = 10.0
"""How much less likely than the least likely class (natural logarithm) is one not asked for."""


@dataclass(frozen=True)
class Knob:
    """One knob of a patch that was found.

    Attributes
    ----------
    name, group : str
        As the instrument has them.
    cc, value : int
        Its controller, and the CC value.
    positions : tuple of int or None
        The CC values of its positions, if it has some.
    confidence : float
        The solver's probability that the value is right, whatever the other knobs are: that of the
        position, or of a value no more than 4 CC steps away.
    span : (int, int)
        CC values between which the solver expects a continuous knob with a probability of 80 %.
    """

    name: str
    group: str
    cc: int
    value: int
    positions: tuple[int, ...] | None
    confidence: float
    span: tuple[int, int]

    @property
    def position(self) -> int | None:
        """Its position, counted from 1, if it has positions."""
        return None if self.positions is None else self.positions.index(self.value) + 1


@dataclass(frozen=True)
class Match:
    """A patch for a sound.

    Attributes
    ----------
    sound : Sound
        The sound.
    pitch : Pitch
        Its pitch, if it has one.
    instrument : Instrument
        The synth.
    key, velocity, channel : int
        MIDI note number to play, how hard, and on which channel.
    patch : uint8 array [parameters]
        CC values.
    knobs : tuple of Knob
        The same, with what is known of each.
    mss : float
        How far the patch is from the sound, in dB, see `synthinv.metrics.audio.mss`.
    held : float
        Seconds for which the key is held.
    played : float32 array [samples]
        The patch, played as long as the sound.
    solver : str or None
        Digest of the solver's weights.
    """

    sound: Sound
    pitch: Pitch
    instrument: Instrument
    key: int
    velocity: int
    channel: int
    patch: Patches
    knobs: tuple[Knob, ...]
    mss: float
    held: float
    played: npt.NDArray[np.float32]
    solver: str | None

    @property
    def peak_dbfs(self) -> float:
        """Peak level of the patch in dBFS; −inf for digital silence."""
        return float(amplitude_to_db(peak(self.played)))

    def midi_file(self) -> mido.MidiFile:
        """Lay out the patch, then the note, see `synthinv.instruments.midi.patch_file`."""
        controllers = self.instrument.controllers(self.patch)
        return patch_file(controllers, self.key, self.velocity, self.held, self.channel)


@dataclass(frozen=True)
class Candidate:
    """A patch that was played and compared with the sound.

    Attributes
    ----------
    key : int
        MIDI note number it is played at.
    classes : int64 array [parameters]
        The patch, see `synthinv.instruments.classes.classes_of`.
    error : float
        MSS in dB.
    logits : float32 array [1, classes of all knobs]
        What the solver says of the sound, corrected as the patch was.
    marginals : float32 array [1, classes of all knobs]
        What it says of every knob whatever the others are, corrected likewise.
    """

    key: int
    classes: Classes
    error: float
    logits: Logits
    marginals: Logits


class Matcher:
    """Looks for the patch of one sound.

    Parameters
    ----------
    solver : TrainedSolver
        The solver.
    keyboard : Keyboard
        Plays the solver's instrument.
    sound : Sound
        The sound, at the solver's sample rate.

    Raises
    ------
    SynthinvError
        If the keyboard's instrument has other knobs than the solver's.
    """

    def __init__(self, solver: TrainedSolver, keyboard: Keyboard, sound: Sound) -> None:
        self.solver, self.keyboard, self.sound = solver, keyboard, sound
        # Not the solver's, whose knobs may be on other CCs.
        self._instrument = keyboard.instrument
        name = keyboard.instrument.name
        known, own = _layout(solver.instrument), _layout(keyboard.instrument)
        if known != own:
            differ = ", ".join(sorted({knob for knob, _ in {*known} ^ {*own}})) or "their order"
            raise SynthinvError(
                f"the solver was trained for other knobs than those of '{name}' ({differ}); name "
                "another one: --model FOLDER, or match.solver in the configuration"
            )
        self._note, self._audio = solver.playing.note, solver.playing.audio
        # Padded with silence, a short sound would be like any other.
        tail = round(TAIL_SECONDS * sound.sample_rate)
        self._compared = min(len(sound.audio) + tail, self._audio.samples)
        start = fit(sound.audio, self._compared)
        self._reference = SpectralReference(start, sound.sample_rate)
        share = QUIETER * float(peak(start))
        self._quietest = max(db_to_amplitude(keyboard.playing.silence.level_dbfs), share)
        # Of a key that is held for longer, the solver knows nothing.
        self._held = min(sound.seconds, self._note.seconds or sound.seconds)
        self.pitch = estimate_pitch(start[: len(sound.audio)], sound.sample_rate)
        self.own_key = own_key(self.pitch, self._note.number)
        self._continuous = np.array([p.positions is None for p in self._instrument.parameters])

    def match(self, refinement: RefinementConfig, seed: np.random.SeedSequence) -> Match:
        """Find the patch.

        Parameters
        ----------
        refinement : RefinementConfig
            What may be spent after the solver's answers, of which each key takes four renders.
        seed : numpy.random.SeedSequence
            Of the refinement.

        Returns
        -------
        Match
            The best patch that was found.
        """
        if self.pitch.frequency is None:
            keys = [self.own_key]
        else:
            keys = keys_to_try(self.own_key, self._note.number)
        predictions = [prediction for key in keys for prediction in self.predictions(key)]
        best = self.at_home(min(predictions, key=lambda candidate: candidate.error))
        best = self.refined(best, refinement, seed)
        patch = self._patches(best.classes[np.newaxis])[0]
        return Match(
            sound=self.sound,
            pitch=self.pitch,
            instrument=self._instrument,
            key=best.key,
            velocity=self._note.velocity,
            channel=self.keyboard.playing.engine.midi_channel,
            patch=patch,
            knobs=knobs(self._instrument, best),
            mss=best.error,
            held=self._held,
            played=self._play_whole(patch, best.key),
            solver=self.solver.digest,
        )

    def predictions(self, key: int) -> Iterator[Candidate]:
        """Ask the solver for the patch at a key, and correct what it says (see the module)."""
        samples = ceil(self._audio.samples * max(1, self._ratio(key)))
        network = self.solver.network
        heard = self._transposed(fit(self.sound.audio, samples), key)
        logits, marginals = solve(network, heard), predict_marginals(network, heard)
        said = self._say(logits)
        classes = said
        for correction in range(CORRECTIONS + 1):
            engine = self.keyboard.engine(key, samples, self._held)
            notes = engine.render(self._patches(classes[np.newaxis]))
            error = float(self._errors(notes[:, : self._compared])[0])
            both = (self._displaced(of, classes - said) for of in (logits, marginals))
            yield Candidate(key, classes, error, *both)
            if correction < CORRECTIONS:
                # Between two positions there is nothing to correct by.
                again = solve(network, self._transposed(notes[0], key))
                surplus = self._say(again, like=said) - said
                classes = self._within(classes - np.where(self._continuous, surplus, 0))

    def at_home(self, candidate: Candidate) -> Candidate:
        """Look for the same sound at the sound's own key; return the candidate if there is none."""
        octaves = (candidate.key - self.own_key) // OCTAVE
        if octaves == 0:
            return candidate
        classes = candidate.classes + octaves * self._moves()
        classes = classes[(classes == self._within(classes)).all(axis=1)]
        errors = self._errors(self._engine(self.own_key).render(self._patches(classes)))
        if errors.min() > AS_GOOD * candidate.error + NEARLY:
            return candidate
        home = classes[errors.argmin()]
        both = (
            self._displaced(of, home - candidate.classes)
            for of in (candidate.logits, candidate.marginals)
        )
        return Candidate(self.own_key, home, float(errors.min()), *both)

    def refined(
        self, candidate: Candidate, refinement: RefinementConfig, seed: np.random.SeedSequence
    ) -> Candidate:
        """Polish a candidate by playing it and comparing; it gets better, or stays as it is."""
        objective = Objective(
            self._engine(candidate.key),
            self._reference,
            refinement.renders,
            refinement.seconds,
            self.keyboard.threads,
            self._quietest,
        )
        found = refine(objective, self._instrument, candidate.logits, refinement, seed)
        if found.error >= candidate.error:
            return candidate
        classes = classes_of(self._instrument, found.patch[np.newaxis])[0]
        return replace(candidate, classes=classes, error=found.error)

    def _errors(self, notes: Audio) -> npt.NDArray[np.float64]:
        return self._reference.mss(silenced(notes, self._quietest), self.keyboard.threads)

    def _engine(self, key: int) -> Engine:
        return self.keyboard.engine(key, self._compared, self._held)

    def _moves(self) -> Classes:
        """Return int64 [moves, parameters]: every choice of knobs with positions, 1 if moved."""
        stepped = np.flatnonzero(~self._continuous)
        most = len(stepped) if len(stepped) <= MOST_MOVED else 1
        choices = chain.from_iterable(combinations(stepped, n) for n in range(most + 1))
        moves = [np.isin(np.arange(len(self._continuous)), choice) for choice in choices]
        return np.array(moves, dtype=np.int64)

    def _displaced(self, logits: Logits, by: Classes) -> Logits:
        """Move the knobs' distributions by so many classes; what falls off an end is lost."""
        ends = np.cumsum(class_counts(self._instrument))[:-1]
        moved = []
        for part, step in zip(np.split(logits, ends, axis=1), by.tolist(), strict=True):
            into = np.full_like(part, part.min() - UNLIKELY)
            kept = max(0, part.shape[1] - abs(step))
            into[:, max(step, 0) : max(step, 0) + kept] = part[:, max(-step, 0) :][:, :kept]
            moved.append(into)
        return np.concatenate(moved, axis=1)

    def _play_whole(self, patch: Patches, key: int) -> npt.NDArray[np.float32]:
        samples = len(self.sound.audio) + round(TAIL_SECONDS * self.sound.sample_rate)
        engine = self.keyboard.engine(key, samples, self._held)
        note: npt.NDArray[np.float32] = engine.render(patch[np.newaxis])[0]
        return note

    def _ratio(self, key: int) -> float:
        """How many times faster a sound at a key must be played to be at the solver's note."""
        return float(2 ** ((self._note.number - key) / OCTAVE))

    def _transposed(self, note: npt.NDArray[np.float32], key: int) -> Audio:
        """Transpose a note to the one that the solver knows: float32 [1, samples]."""
        transposed = resample(note, 1 / self._ratio(key))
        heard: Audio = fit(transposed, self._audio.samples)[np.newaxis]
        return heard

    def _say(self, logits: Logits, like: Classes | None = None) -> Classes:
        """Answer, with interchangeable knobs in the order of another answer, if there is one."""
        patches = self._instrument.decode(predicted_labels(self._instrument, logits))
        if like is not None:
            labels = self._instrument.encode(self._patches(like[np.newaxis]))
            patches = self._instrument.closest_equivalents(patches, labels)
        said: Classes = classes_of(self._instrument, patches)[0]
        return said

    def _within(self, classes: Classes) -> Classes:
        return np.clip(classes, 0, np.array(class_counts(self._instrument)) - 1)

    def _patches(self, classes: Classes) -> Patches:
        columns = [
            class_values(parameter)[classes[:, i]]
            for i, parameter in enumerate(self._instrument.parameters)
        ]
        return np.stack(columns, axis=1)


def own_key(pitch: Pitch, default: int) -> int:
    """Return the MIDI note number nearest to a pitch, or a default if there is no pitch."""
    if pitch.frequency is None:
        return default
    return int(np.clip(nearest_note(pitch.frequency)[0], 0, CC_MAX))


def keys_to_try(own: int, known: int) -> list[int]:
    """List the keys at which a sound may be played on a synth with a range knob.

    Parameters
    ----------
    own : int
        MIDI note number of the sound.
    known : int
        The one that the solver was trained on.

    Returns
    -------
    list of int
        Keys whole octaves from the sound's own, no more than an octave from the solver's; and the
        sound's own, for a synth without such a knob, unless it is further than three octaves away.
    """
    octaves = range(own % OCTAVE, CC_MAX + 1, OCTAVE)
    keys = {key for key in octaves if abs(key - known) <= OCTAVE}
    if abs(own - known) <= FAR:
        keys.add(own)
    return sorted(keys, key=lambda key: (abs(key - known), key))


def knobs(instrument: Instrument, candidate: Candidate) -> tuple[Knob, ...]:
    """Say of every knob of a candidate what is known of it.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    candidate : Candidate
        The patch.

    Returns
    -------
    tuple of Knob
        In the order of a patch's columns.
    """
    found = []
    for parameter, chosen, chances in zip(
        instrument.parameters,
        candidate.classes.tolist(),
        probabilities(instrument, candidate.marginals),
        strict=True,
    ):
        values = class_values(parameter)
        near = 0 if parameter.positions else NEAR
        low, high = ((chances[0].cumsum() < share).sum() for share in (0.1, 0.9))
        found.append(
            Knob(
                name=parameter.name,
                group=parameter.group,
                cc=parameter.cc,
                value=int(values[chosen]),
                positions=parameter.positions,
                confidence=float(
                    chances[0][max(0, chosen - near) : chosen + near + 1].sum().clip(0, 1)
                ),
                span=(int(values[low]), int(values[high])),
            )
        )
    return tuple(found)


def _layout(instrument: Instrument) -> list[tuple[str, tuple[int, ...] | None]]:
    return [(parameter.name, parameter.positions) for parameter in instrument.parameters]
