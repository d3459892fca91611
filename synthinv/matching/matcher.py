"""Find a patch for a sound: play the proposed patches, keep the best, and refine it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from synthinv.audio.level import db_to_amplitude, peak
from synthinv.audio.pitch import OCTAVE, estimate_pitch
from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.config.sections.solver import RefinementConfig
from synthinv.instruments.classes import classes_of, patches_of
from synthinv.instruments.model import Instrument
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.player import Player
from synthinv.matching.proposals import Proposal, Proposer, keys_to_try, own_key
from synthinv.matching.result import Match, knobs
from synthinv.metrics.audio import SpectralReference
from synthinv.search.gauss_newton import refine
from synthinv.search.objective import Objective, silenced
from synthinv.solver.checkpoint import TrainedSolver

AS_GOOD, NEARLY = 1.02, 0.05
"""A patch at the sound's own key is preferred if its error is no more than 2 % + 0.05 dB higher."""
QUIETER = db_to_amplitude(-40)
"""A patch whose peak is below this share of the sound's (−40 dB) is taken for silence."""


@dataclass(frozen=True)
class Candidate:
    """A proposal that was played and compared with the sound: its MSS is `error`, in dB."""

    proposal: Proposal
    error: float


class Matcher:
    """The matching of one sound: proposals are played, and the best one is refined.

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
        self.own_key = own_key(self.pitch, solver.playing.note.number)

    def match(self, refinement: RefinementConfig, seed: np.random.SeedSequence) -> Match:
        """Find the patch.

        Parameters
        ----------
        refinement : RefinementConfig
            Budget after the solver's predictions, which take four renders for each key.
        seed : numpy.random.SeedSequence
            Seed of the refinement.

        Returns
        -------
        Match
            The best patch that was found.
        """
        predictions = [prediction for key in self.keys for prediction in self.predictions(key)]
        best = self.at_own_key(min(predictions, key=lambda candidate: candidate.error))
        best = self.refined(best, refinement, seed)
        key, classes = best.proposal.key, best.proposal.classes
        patch = patches_of(self._instrument, classes[np.newaxis])[0]
        return Match(
            sound=self.sound,
            pitch=self.pitch,
            instrument=self._instrument,
            key=key,
            velocity=self.solver.playing.note.velocity,
            channel=self.keyboard.playing.engine.midi_channel,
            patch=patch,
            knobs=knobs(self._instrument, classes, best.proposal.marginals),
            mss=best.error,
            held=self._player.held,
            played=self._player.play_whole(patch, key),
            solver=self.solver.digest,
            plug_in=self.keyboard.playing.engine.kind == "plug-in",
        )

    @property
    def keys(self) -> list[int]:
        """The keys to try; a sound without pitch is played at the solver's note only."""
        if self.pitch.frequency is None:
            return [self.own_key]
        return keys_to_try(self.own_key, self.solver.playing.note.number)

    def predictions(self, key: int) -> Iterator[Candidate]:
        """Compare the solver's predictions at a key, see `Proposer.predictions`."""
        for proposal, notes in self._proposer.predictions(key):
            yield Candidate(proposal, float(self._errors(notes[:, : self._player.compared])[0]))

    def at_own_key(self, candidate: Candidate) -> Candidate:
        """Return a candidate about as good at the sound's own key, or the same if there is none."""
        proposal = candidate.proposal
        octaves = (proposal.key - self.own_key) // OCTAVE
        if octaves == 0:
            return candidate
        classes = self._proposer.displacements(proposal.classes, octaves)
        engine = self._player.compared_engine(self.own_key)
        errors = self._errors(engine.render(patches_of(self._instrument, classes)))
        if errors.min() > AS_GOOD * candidate.error + NEARLY:
            return candidate
        best = proposal.displaced(self._instrument, classes[errors.argmin()])
        return Candidate(replace(best, key=self.own_key), float(errors.min()))

    def refined(
        self, candidate: Candidate, refinement: RefinementConfig, seed: np.random.SeedSequence
    ) -> Candidate:
        """Return a candidate refined by rendering and comparing, or the same if that fails."""
        objective = Objective(
            self._player.compared_engine(candidate.proposal.key),
            self._reference,
            refinement.renders,
            refinement.seconds,
            self.keyboard.threads,
            self._quietest,
        )
        found = refine(objective, self._instrument, candidate.proposal.logits, refinement, seed)
        if found.error >= candidate.error:
            return candidate
        # The distributions stay those that the solver predicted.
        classes = classes_of(self._instrument, found.patch[np.newaxis])[0]
        return Candidate(replace(candidate.proposal, classes=classes), found.error)

    def _errors(self, notes: Audio) -> npt.NDArray[np.float64]:
        return self._reference.mss(silenced(notes, self._quietest), self.keyboard.threads)


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
            "name another one: --model FOLDER, or match.solver in the configuration"
        )


def _layout(instrument: Instrument) -> list[tuple[str, tuple[int, ...] | None]]:
    return [(parameter.name, parameter.positions) for parameter in instrument.parameters]
