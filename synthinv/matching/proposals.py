"""Propose patches for a sound: the solver's predictions at several keys, corrected and displaced.

A solver is trained on a single note, while a sound may have any pitch. The sound is therefore
transposed to that note by resampling, by whole semitones; the remaining cents are left to the
tuning knob. Transposing also moves the filter and changes the envelopes' times. To compensate, the
predicted patch is rendered at the sound's key, transposed in the same way and given to the solver
again. Where that second prediction differs from the first, the patch is changed by the opposite of
the difference.

A synth with a range knob can play a sound at several keys, octaves apart. The keys within an octave
of the solver's note are tried, since transposing distorts least there. Moving knobs with positions
then leads to patches for the key that has the sound's own pitch.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, combinations
from typing import Self

import numpy as np

from synthinv.audio.pitch import OCTAVE, Pitch, nearest_note
from synthinv.audio.presses import KeyPress
from synthinv.instruments.classes import (
    Classes,
    Logits,
    class_counts,
    classes_of,
    patches_of,
    predicted_labels,
)
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import CC_MAX
from synthinv.matching.player import Player
from synthinv.solver.checkpoint import TrainedSolver

FAR = 36
"""Most semitones to transpose: further, only a sound's first moment is left, or no treble."""
CORRECTIONS = 3
"""How often a prediction is played and corrected by the prediction for what was played."""
MOST_MOVED = 6
"""Knobs with positions that are moved together; in instruments with more, they move one by one."""
UNLIKELY = 10.0
"""How far the logit of a class left empty lies below that of the least likely class."""


@dataclass(frozen=True)
class Proposal:
    """A patch at a key, and the distributions it was chosen from.

    Attributes
    ----------
    press : KeyPress
        How it is played.
    classes : int64 array [parameters]
        The patch, see `synthinv.instruments.classes.classes_of`.
    logits : float32 array [1, classes of all knobs]
        The solver's output for the sound, displaced as the patch was.
    marginals : float32 array [1, classes of all knobs]
        Its marginal distributions for the sound, displaced likewise.
    """

    press: KeyPress
    classes: Classes
    logits: Logits
    marginals: Logits

    def displaced(self, instrument: Instrument, classes: Classes) -> Self:
        """Return the proposal with another patch [parameters], its distributions displaced too."""
        by = classes - self.classes
        return replace(
            self,
            classes=classes,
            logits=displaced(instrument, self.logits, by),
            marginals=displaced(instrument, self.marginals, by),
        )


class Proposer:
    """A source of patches that may sound like one sound.

    Parameters
    ----------
    solver : TrainedSolver
        The solver.
    player : Player
        Plays patches like the sound. The patches are for its instrument, not for the solver's,
        whose knobs may be on other CCs.
    """

    def __init__(self, solver: TrainedSolver, player: Player) -> None:
        self._solver, self._player = solver, player
        self._instrument = player.keyboard.instrument
        self._continuous = self._instrument.continuous

    def predictions(self, key: int) -> Iterator[Proposal]:
        """Predict the patch at a key, then correct it several times.

        Parameters
        ----------
        key : int
            MIDI note number to play the sound at.

        Yields
        ------
        Proposal
            The prediction, then its corrections.
        """
        player, solver = self._player, self._solver
        sound = player.transposed_sound(key)
        logits, marginals = solver.predict_logits(sound), solver.predict_marginals(sound)
        classes = predicted = self._predicted(logits)
        press = KeyPress(key)
        proposal = Proposal(press, classes, logits, marginals)
        for correction in range(CORRECTIONS + 1):
            yield proposal.displaced(self._instrument, classes)
            if correction < CORRECTIONS:
                patches = patches_of(self._instrument, classes[np.newaxis])
                notes = player.play_for_solver(patches, press)
                again = solver.predict_logits(player.transposed(notes[0], key))
                excess = self._predicted(again, like=predicted) - predicted
                # Positions are too far apart for a difference to correct them.
                classes = self._within(classes - np.where(self._continuous, excess, 0))

    def displacements(self, classes: Classes, octaves: int) -> Classes:
        """Move knobs with positions to play the same sound at a key some octaves away.

        Which of them are ranges is not known, so every choice of knobs is moved.

        Parameters
        ----------
        classes : int64 array [parameters]
            A patch.
        octaves : int
            Positions to move each chosen knob by.

        Returns
        -------
        int64 array [n, parameters]
            The patches within the knobs' travel.
        """
        moved = classes + octaves * self._choices()
        inside: Classes = moved[(moved == self._within(moved)).all(axis=1)]
        return inside

    def _choices(self) -> Classes:
        """Return int64 [choices, parameters]: every choice of knobs with positions, 1 if chosen."""
        stepped = np.flatnonzero(~self._continuous)
        most = len(stepped) if len(stepped) <= MOST_MOVED else 1
        choices = chain.from_iterable(combinations(stepped, n) for n in range(most + 1))
        chosen = [np.isin(np.arange(len(self._continuous)), choice) for choice in choices]
        return np.array(chosen, dtype=np.int64)

    def _predicted(self, logits: Logits, like: Classes | None = None) -> Classes:
        """Return the predicted patch; of its equivalents the one nearest to another patch."""
        patches = self._instrument.decode(predicted_labels(self._instrument, logits))
        if like is not None:
            labels = self._instrument.encode(patches_of(self._instrument, like[np.newaxis]))
            patches = self._instrument.closest_equivalents(patches, labels)
        predicted: Classes = classes_of(self._instrument, patches)[0]
        return predicted

    def _within(self, classes: Classes) -> Classes:
        return np.clip(classes, 0, np.array(class_counts(self._instrument)) - 1)


def displaced(instrument: Instrument, logits: Logits, by: Classes) -> Logits:
    """Displace the knobs' distributions.

    Parameters
    ----------
    instrument : Instrument
        The instrument.
    logits : float32 array [1, classes of all knobs]
        Distributions of all knobs.
    by : int64 array [parameters]
        Classes to move each by.

    Returns
    -------
    float32 array [1, classes of all knobs]
        The moved distributions; what falls off an end is lost, and the classes left empty are
        unlikely.
    """
    ends = np.cumsum(class_counts(instrument))[:-1]
    moved = []
    for part, step in zip(np.split(logits, ends, axis=1), by.tolist(), strict=True):
        into = np.full_like(part, part.min() - UNLIKELY)
        kept = max(0, part.shape[1] - abs(step))
        into[:, max(step, 0) : max(step, 0) + kept] = part[:, max(-step, 0) :][:, :kept]
        moved.append(into)
    return np.concatenate(moved, axis=1)


def own_key(pitch: Pitch, default: int, transposition: int = 0) -> int:
    """Find the key at which a synth has a sound's pitch.

    Parameters
    ----------
    pitch : Pitch
        The sound's pitch.
    default : int
        MIDI note number for a sound without pitch.
    transposition : int
        Semitones by which the synth sounds higher than the key that is played.

    Returns
    -------
    int
        MIDI note number.
    """
    if pitch.frequency is None:
        return default
    return int(np.clip(nearest_note(pitch.frequency)[0] - transposition, 0, CC_MAX))


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
        Keys whole octaves from the sound's own and at most an octave from the solver's. The sound's
        own is among them unless it is more than three octaves away, for synths without a range.
    """
    octaves = range(own % OCTAVE, CC_MAX + 1, OCTAVE)
    keys = {key for key in octaves if abs(key - known) <= OCTAVE}
    if abs(own - known) <= FAR:
        keys.add(own)
    return sorted(keys, key=lambda key: (abs(key - known), key))


def octaves_from(own: int, known: tuple[int, int]) -> list[int]:
    """List the keys at which a solver for any note tries a sound.

    Parameters
    ----------
    own : int
        MIDI note number of the sound.
    known : tuple of int
        Lowest and highest key that the solver was trained on.

    Returns
    -------
    list of int
        The sound's own key, then those of the known ones that are up to two octaves from it.
    """
    others = [own + octave * OCTAVE for octave in (1, -1, 2, -2)]
    return [own, *(key for key in others if known[0] <= key <= known[1])]
