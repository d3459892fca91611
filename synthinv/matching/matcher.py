"""Find patches for a sound: play the proposed ones, keep the best that differ, and refine them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from synthinv.audio.level import db_to_amplitude, peak
from synthinv.audio.pitch import OCTAVE, estimate_pitch
from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.progress import ProgressHook
from synthinv.config.sections.solver import RefinementConfig
from synthinv.instruments.classes import classes_of, patches_of
from synthinv.instruments.model import Instrument
from synthinv.matching.candidates import Candidate, different, is_different
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.player import Player
from synthinv.matching.proposals import CORRECTIONS, Proposer, keys_to_try, own_key
from synthinv.matching.result import Match, knobs
from synthinv.matching.words import HARDLY_APART
from synthinv.metrics.audio import Points, SpectralReference
from synthinv.search.gauss_newton import refine
from synthinv.search.objective import Objective, silenced, total
from synthinv.solver.checkpoint import TrainedSolver
from synthinv.solver.registry import HOW_TO_NAME

AS_GOOD, NEARLY = 1.02, 0.05
"""A patch at the sound's own key is preferred if its error is no more than 2 % + 0.05 dB higher."""
QUIETER = db_to_amplitude(-40)
"""A patch whose peak is below this share of the sound's (−40 dB) is taken for silence."""


class Matcher:
    """The matching of one sound: proposals are played, and the best ones are refined.

    Parameters
    ----------
    solver : TrainedSolver
        The solver.
    keyboard : Keyboard
        Plays the solver's instrument.
    sound : Sound
        The sound, at the solver's sample rate.
    key : int, optional
        MIDI note number at which the patch is to sound like the sound; by default the note nearest
        to the sound's pitch.
    transposition : int
        Semitones by which the synth sounds higher than the key that is played.
    progress : callable, optional
        Called with the renders that are done and those that there will be, after each batch.

    Raises
    ------
    SynthinvError
        If the keyboard's instrument has other knobs than the solver's.
    """

    def __init__(
        self,
        solver: TrainedSolver,
        keyboard: Keyboard,
        sound: Sound,
        key: int | None = None,
        transposition: int = 0,
        progress: ProgressHook | None = None,
    ) -> None:
        require_same_knobs(solver.instrument, keyboard.instrument)
        self.solver, self.keyboard, self.sound = solver, keyboard, sound
        self._instrument = keyboard.instrument
        self._player = Player(keyboard, sound, solver.playing)
        self._proposer = Proposer(solver, self._player)
        compared = self._player.compared_sound()
        self._reference = SpectralReference(compared, sound.sample_rate)
        share = QUIETER * float(peak(compared))
        self._quietest = max(db_to_amplitude(keyboard.playing.silence.level_dbfs), share)
        self.pitch = estimate_pitch(compared[: len(sound.audio)], sound.sample_rate)
        self.key_assumed = key is None and self.pitch.frequency is None
        known = solver.playing.note.number
        self.own_key = own_key(self.pitch, known, transposition) if key is None else key
        self._progress = progress

    def matches(
        self,
        refinement: RefinementConfig,
        seed: np.random.SeedSequence,
        count: int = 1,
        name: str = "the sound",
    ) -> list[Match]:
        """Find patches that sound like the sound, and different from one another.

        Parameters
        ----------
        refinement : RefinementConfig
            Budget for each patch after the solver's predictions, which take four renders for each
            key.
        seed : numpy.random.SeedSequence
            Seed of the refinement.
        count : int
            Most patches wanted. The first one that is refined does not depend on it.
        name : str
            What the sound is called.

        Returns
        -------
        list of Match
            At most `count`, at least one, the best first. No more are refined once one can hardly
            be told apart from the sound.
        """
        before = (CORRECTIONS + 1) * len(self.keys)
        chosen = self._chosen(count, before + count * refinement.renders)
        refined = []
        for number, candidate in enumerate(chosen):
            done = before + number * refinement.renders
            ahead = (len(chosen) - number - 1) * refinement.renders
            progress = _between(self._progress, done, ahead)
            found = self.refined(candidate, refinement, _nth(seed, number), progress)
            refined.append(found if count == 1 else self._replayed(found))
            if found.error <= HARDLY_APART:
                break
        refined.sort(key=lambda candidate: candidate.error)
        return [self._described(candidate, name) for candidate in different(refined)]

    @property
    def keys(self) -> list[int]:
        """The keys to try; a sound without pitch is played at the solver's note only."""
        if self.key_assumed:
            return [self.own_key]
        return keys_to_try(self.own_key, self.solver.playing.note.number)

    def predictions(self, key: int) -> Iterator[Candidate]:
        """Compare the solver's predictions at a key, see `Proposer.predictions`."""
        for proposal, notes in self._proposer.predictions(key):
            differences = self._differences(notes[:, : self._player.compared])
            yield Candidate(proposal, float(total(differences)[0]), differences[0])

    def at_own_key(self, candidate: Candidate) -> Candidate:
        """Return a candidate about as good at the sound's own key, or the same if there is none."""
        proposal = candidate.proposal
        octaves = (proposal.key - self.own_key) // OCTAVE
        if octaves == 0:
            return candidate
        classes = self._proposer.displacements(proposal.classes, octaves)
        engine = self._player.compared_engine(self.own_key)
        differences = self._differences(engine.render(patches_of(self._instrument, classes)))
        errors = total(differences)
        if errors.min() > AS_GOOD * candidate.error + NEARLY:
            return candidate
        best = errors.argmin()
        displaced = proposal.displaced(self._instrument, classes[best])
        return Candidate(
            replace(displaced, key=self.own_key), float(errors[best]), differences[best]
        )

    def refined(
        self,
        candidate: Candidate,
        refinement: RefinementConfig,
        seed: np.random.SeedSequence,
        progress: ProgressHook | None = None,
    ) -> Candidate:
        """Return a candidate refined by rendering and comparing, or the same if that fails.

        Its differences stay those of the candidate.
        """
        objective = Objective(
            self._player.compared_engine(candidate.proposal.key),
            self._reference,
            refinement.renders,
            refinement.seconds,
            self.keyboard.threads,
            self._quietest,
        )
        logits = candidate.proposal.logits
        found = refine(objective, self._instrument, logits, refinement, seed, progress)
        if found.error >= candidate.error:
            return candidate
        # The distributions stay those that the solver predicted.
        classes = classes_of(self._instrument, found.patch[np.newaxis])[0]
        return replace(
            candidate, proposal=replace(candidate.proposal, classes=classes), error=found.error
        )

    def _chosen(self, count: int, expected: int) -> list[Candidate]:
        """Choose the best predictions that sound different, at the sound's own key if possible."""
        predictions: list[Candidate] = []
        for key in self.keys:
            for prediction in self.predictions(key):
                predictions.append(prediction)
                if self._progress is not None:
                    self._progress(len(predictions), expected)
        predictions.sort(key=lambda candidate: candidate.error)
        chosen: list[Candidate] = []
        for prediction in different(predictions):
            moved = self.at_own_key(prediction)
            if is_different(moved, chosen):
                chosen.append(moved)
            if len(chosen) == count:
                break
        return chosen

    def _replayed(self, candidate: Candidate) -> Candidate:
        """Return a refined candidate with its own differences from the sound."""
        proposal = candidate.proposal
        patches = patches_of(self._instrument, proposal.classes[np.newaxis])
        notes = self._player.compared_engine(proposal.key).render(patches)
        return replace(candidate, differences=self._differences(notes)[0])

    def _described(self, candidate: Candidate, name: str) -> Match:
        key, classes = candidate.proposal.key, candidate.proposal.classes
        patch = patches_of(self._instrument, classes[np.newaxis])[0]
        engine = self.keyboard.playing.engine
        return Match(
            name=name,
            sound=self.sound,
            pitch=self.pitch,
            instrument=self._instrument,
            key=key,
            key_assumed=self.key_assumed,
            velocity=self.solver.playing.note.velocity,
            channel=engine.midi_channel,
            patch=patch,
            knobs=knobs(self._instrument, classes, candidate.proposal.marginals),
            mss=candidate.error,
            held=self._player.held,
            played=self._player.play_whole(patch, key),
            solver=self.solver.digest,
            plug_in=engine.kind == "plug-in",
        )

    def _differences(self, notes: Audio) -> Points:
        silent = silenced(notes, self._quietest)
        return self._reference.differences(silent, self.keyboard.threads)


def _between(hook: ProgressHook | None, done: int, ahead: int) -> ProgressHook | None:
    """Return a hook for a part of some work, with what is done before it and what comes after."""
    if hook is None:
        return None
    return lambda renders, expected: hook(done + renders, done + expected + ahead)


def _nth(seed: np.random.SeedSequence, number: int) -> np.random.SeedSequence:
    """Return the seed of a refinement, counted from 0, which others do not change."""
    if number == 0:
        return seed
    return np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, number))


def require_same_knobs(trained: Instrument, played: Instrument) -> None:
    """Refuse an instrument with other knobs than the solver's.

    Parameters
    ----------
    trained, played : Instrument
        The solver's instrument, and the one that is played. Names and positions count, CCs do not.

    Raises
    ------
    SynthinvError
        If they differ.
    """
    known, own = _layout(trained), _layout(played)
    if known != own:
        differ = ", ".join(sorted({knob for knob, _ in {*known} ^ {*own}})) or "their order"
        raise SynthinvError(
            f"the solver was trained for other knobs than those of '{played.name}' ({differ}); "
            f"choose one that was trained for these, and {HOW_TO_NAME}"
        )


def _layout(instrument: Instrument) -> list[tuple[str, tuple[int, ...] | None]]:
    return [(parameter.name, parameter.positions) for parameter in instrument.parameters]
