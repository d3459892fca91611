"""Find patches for a sound: play the proposed ones, and search from the best."""

from collections.abc import Hashable, Sequence

import numpy as np

from synthinv.audio.pitch import estimate_pitch
from synthinv.audio.sound_file import Sound
from synthinv.audio.types import Audio
from synthinv.common.blas import one_blas_thread
from synthinv.common.errors import SynthinvError
from synthinv.common.progress import ProgressHook
from synthinv.instruments.model import Instrument, Patches
from synthinv.matching.candidates import Candidate
from synthinv.matching.keyboard import Keyboard
from synthinv.matching.missing import PITCH_SECONDS
from synthinv.matching.player import Player
from synthinv.matching.proposals import keys_to_try, octaves_from, own_key
from synthinv.matching.result import Match, Spent, knobs
from synthinv.matching.starts import StartFinder, Starts
from synthinv.metrics.audio import SpectralReference
from synthinv.search.objective import Objective, Played, match_reference, quietest_for, spread
from synthinv.search.portfolio import search_portfolio
from synthinv.solver.checkpoint import TrainedSolver
from synthinv.solver.registry import HOW_TO_NAME, shipped_names


class Matcher:
    """The matching of one sound: proposals are played, and a search goes on from the best.

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
    presets : uint8 array [n, parameters], optional
        Patches that are tried as starts, see `synthinv.matching.presets`.
    held : float, optional
        Seconds for which the key was held; by default what the sound's level says is tried.

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
        presets: Patches | None = None,
        held: float | None = None,
    ) -> None:
        require_same_knobs(solver.instrument, keyboard.instrument)
        self.solver, self.keyboard, self.sound = solver, keyboard, sound
        self._instrument = keyboard.instrument
        one_note = None if solver.any_note else solver.playing
        self._player = Player(keyboard, sound, one_note, held)
        self._compared = self._player.compared_sound()
        self._quietest = quietest_for(self._compared, keyboard.playing.silence.level_dbfs)
        start = sound.audio[: round(PITCH_SECONDS * sound.sample_rate)]
        self.pitch = estimate_pitch(start, sound.sample_rate)
        self.key_assumed = key is None and self.pitch.frequency is None
        known = solver.playing.note.number
        self.own_key = own_key(self.pitch, known, transposition) if key is None else key
        self._key_given = key is not None
        self._progress = progress
        none = np.zeros((0, len(self._instrument.names)), dtype=np.uint8)
        self._presets = none if presets is None else presets

    @one_blas_thread()
    def matches(
        self,
        renders: int,
        seconds: float | None,
        rng: np.random.Generator,
        count: int = 1,
        name: str = "the sound",
    ) -> list[Match]:
        """Find patches that sound like the sound, and different from one another.

        Parameters
        ----------
        renders : int
            Patches to play in all; at least one is played.
        seconds : float or None
            Time after which no more are played; None for no limit.
        rng : numpy.random.Generator
            Source of randomness.
        count : int
            Most patches wanted. The best one does not depend on it.
        name : str
            What the sound is called.

        Returns
        -------
        list of Match
            At most `count`, at least one, the best first.
        """
        objective = self._objective(renders, seconds)
        ways = self.keys, self.own_key, self._presets
        starts = StartFinder(self.solver, self._player, objective, *ways, rng).find()
        found = search_portfolio(
            objective, self._instrument, starts.best.proposal.logits, starts.played, rng
        )
        if self._progress is not None:
            self._progress(renders - objective.left, renders - objective.left)
        spent = Spent(renders - objective.left, objective.left if objective.late else 0)
        return self._described(starts, spread(found, count), name, spent)

    @property
    def keys(self) -> list[int]:
        """The keys to try."""
        varied = self.solver.solver.varied
        if varied is not None:
            return [self.own_key] if self._key_given else octaves_from(self.own_key, varied.keys)
        # A solver for one note hears a sound without pitch as it is.
        if self.key_assumed:
            return [self.own_key]
        return keys_to_try(self.own_key, self.solver.playing.note.number)

    def _objective(self, renders: int, seconds: float | None) -> Objective:
        """Return the comparison with the sound, for any engine that plays as long as it."""
        # A recording is not to be disturbed by comparisons beside it.
        threads = self.keyboard.threads if self.keyboard.playing.engine.offline else 1
        objective = Objective(
            None,
            match_reference(self._compared, self.sound.sample_rate),
            renders,
            seconds,
            threads,
            self._quietest,
        )
        objective.progress = self._progress
        return objective

    def _described(
        self, starts: Starts, found: Sequence[Played], name: str, spent: Spent
    ) -> list[Match]:
        press = starts.best.proposal.press
        patches = np.stack([played.patch for played in found]).astype(np.uint8)
        # What is saved is what is measured, since not every synth plays a note twice alike.
        wholes = self._player.play_whole(patches, press)
        notes = wholes[:, : len(self._compared)]
        distances = SpectralReference(self._compared, self.sound.sample_rate).mss(notes)
        return [
            self._match(starts.best.moved(self._instrument, played), mss, whole, name, spent)
            for played, mss, whole in zip(found, distances.tolist(), wholes, strict=True)
        ]

    def _match(
        self, candidate: Candidate, mss: float, whole: Audio, name: str, spent: Spent
    ) -> Match:
        proposal, engine = candidate.proposal, self.keyboard.playing.engine
        return Match(
            name=name,
            sound=self.sound,
            pitch=self.pitch,
            instrument=self._instrument,
            key=proposal.press.key,
            key_assumed=self.key_assumed,
            velocity=self.solver.playing.note.velocity,
            channel=engine.midi_channel,
            patch=candidate.played.patch.astype(np.uint8),
            knobs=knobs(self._instrument, proposal.classes, proposal.marginals),
            mss=mss,
            compared=len(self._compared) / self.sound.sample_rate,
            held=self._player.held(proposal.press),
            played=whole,
            spent=spent,
            solver=self.solver.digest,
            plug_in=engine.kind == "plug-in",
        )


def require_same_knobs(trained: Instrument, played: Instrument) -> None:
    """Refuse an instrument with other knobs than the solver's.

    Parameters
    ----------
    trained, played : Instrument
        The solver's instrument, and the one that is played. Names, positions, choices and highest
        steps count, CCs do not.

    Raises
    ------
    SynthinvError
        If they differ.
    """
    known, own = _layout(trained), _layout(played)
    if known != own and trained.name != played.name:
        comes = "leave it out, as one that fits comes with synthinv, or "
        raise SynthinvError(
            f"the solver is for '{trained.name}', not for '{played.name}'; "
            f"{comes if played.name in shipped_names() else ''}choose one that was trained for "
            f"'{played.name}', and {HOW_TO_NAME}"
        )
    if known != own:
        differ = ", ".join(sorted({knob for knob, *_ in {*known} ^ {*own}})) or "their order"
        raise SynthinvError(
            f"the solver was trained for other knobs than those of '{played.name}' ({differ}); "
            f"choose one that was trained for these, and {HOW_TO_NAME}"
        )


def _layout(instrument: Instrument) -> list[tuple[str, Hashable]]:
    return [(p.name, (p.positions, p.choices, p.highest)) for p in instrument.parameters]
