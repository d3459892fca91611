"""The library: a match, a render, an engine and a solver, each in one call.

`synthinv.match` and the others are these functions. `match` alone puts solver, synth and
matcher together; the command line and the workflow call it.
"""

import os
from pathlib import Path
from typing import Annotated, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import ConfigDict, Field

from synthinv.audio.level import is_silent, peak
from synthinv.audio.sound_file import LOUDEST, SILENT, Sound, read_sound, sound_of
from synthinv.audio.types import Audio
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_manifest
from synthinv.common.progress import ProgressHook
from synthinv.common.seeds import DEFAULT, seed_sequence
from synthinv.common.validation import Section, validated
from synthinv.config.names import MATCHED, synth_names
from synthinv.config.sections.match import MatchConfig
from synthinv.config.sections.playing import PlayingConfig, SilenceConfig
from synthinv.config.synth import SynthConfig, as_synth
from synthinv.engines import opening
from synthinv.engines.base import Engine
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.parameters import CC_MAX
from synthinv.matching.budget import default_renders
from synthinv.matching.keyboard import Keyboard, as_trained, played_for
from synthinv.matching.matcher import Matcher
from synthinv.matching.player import COMPARED_SECONDS
from synthinv.matching.presets import known_presets
from synthinv.matching.result import Match
from synthinv.solver import checkpoint
from synthinv.solver.checkpoint import TrainedSolver
from synthinv.solver.registry import named_solver, shipped_solver

S = TypeVar("S", bound=Section)
Synth = str | Path | SynthConfig
# An hour at most, so that a length in samples is a number of reasonable size.
Seconds = Annotated[float, Field(gt=0, le=3_600)]


class _Arguments(Section):
    """Arguments that several functions have, under their names; None stands for a default.

    The ranges of the others are those of the configuration's sections.
    """

    model_config = ConfigDict(strict=True)

    key: int | None = Field(None, ge=0, le=CC_MAX)
    velocity: int | None = None
    seconds: Seconds | None = None
    held: Seconds | None = None
    sample_rate: int | None = None
    seed: int | None = Field(None, ge=0)
    threads: int | None = Field(None, ge=1)


def match(
    sound: str | Path | Sound | npt.ArrayLike,
    sample_rate: float | None = None,
    *,
    synth: Synth | None = None,
    solver: str | Path | TrainedSolver | None = None,
    candidates: int | None = None,
    key: int | None = None,
    held: float | None = None,
    renders: int | None = None,
    seconds: float | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: ProgressHook | None = None,
) -> list[Match]:
    """Find patches with which a synth makes a sound.

    The solver predicts patches for the sound, the synth plays them and those of its presets that
    the solver finds likely, and a search by rendering and comparing goes on from the best. The
    whole sound is compared, up to four seconds. Without `seconds`, the result is the same for the
    same arguments, however fast the machine.

    Parameters
    ----------
    sound : str, Path, Sound, or float array [samples] or [samples, channels]
        A sound file of one note, or its samples, full scale ±1. They are taken from where the sound
        starts to where it has faded; a `synthinv.audio.sound_file.Sound`, which has the synth's
        sample rate, is taken as it is.
    sample_rate : float, optional
        Of an array, in Hz; a file and a `Sound` have their own.
    synth : str, Path or SynthConfig, optional
        What is played: the name of a synth that comes with synthinv (`dx7`, `vital`, `amsynth`);
        the name of an instrument that comes with synthinv, or an instrument file, either of which
        the built-in synth plays; or a configuration, as a file or an object. By default the synth
        of a solver that comes with synthinv, or the one that another solver was trained on, which
        then must not be a plug-in or played live.
    solver : str, Path or TrainedSolver, optional
        Folder of a solver's training, name of a solver that comes with synthinv, or a solver. By
        default the one that comes with synthinv for the instrument.
    candidates : int, optional
        Most patches to find. They sound different: the notes of any two are more than 1 dB apart.
        They take no more renders than one. By default the configuration's `match.candidates`, 1.
    key : int, optional
        MIDI note number at which the patch is to sound like the sound. By default it is the note
        nearest to the sound's pitch, less the configuration's `match.transposition`. The patch is
        for this key, or for one octaves away where that sounds clearly better.
    held : float, optional
        Seconds for which the key was held. By default it is held for the whole sound and, where the
        sound's level shows a release, also until then, and the better way is kept; a release after
        the first four seconds, which no comparison reaches, is taken as the level shows it.
    renders : int, optional
        Patches to play and compare with the sound. A few more are played besides: to correct
        what a solver for one note predicts, and to return the notes. By default the
        configuration's `match.renders`, or else as many as two cores can play and compare within
        about ten seconds; 200 on a synth that is played live, and on a plug-in that is not played
        in copies (`new_instance: copy`).
    seconds : float, optional
        Seconds after which no more patches are played, for a slow synth; results then depend on the
        machine. The first patches, up to 64, are played in any case. By default the configuration's
        `match.seconds`, no limit.
    seed : int, optional
        Seed of the patch search, and of the built-in synth's phases where they are free; by
        default the configuration's, 2020.
    threads : int, optional
        CPU threads; by default as many as there are cores.
    progress : callable, optional
        Called after every few renders with the number that is done and the number that there will
        be.

    Returns
    -------
    list of Match
        The patches, the best first; at least one. They are fewer than `candidates` where no more
        are found that sound different.

    Raises
    ------
    SynthinvError
        If the sound is silent or cannot be read, an argument is wrong, or the synth cannot be
        played or has other knobs than the solver.

    Examples
    --------
    >>> import numpy as np
    >>> import synthinv
    >>> patch = np.array([77, 64, 51, 60, 60, 70, 20, 80, 40, 10, 90, 100])
    >>> note = synthinv.render(patch, synth="minimoog-1osc", key=54, seconds=0.8)[0]
    >>> best = synthinv.match(note, 44_100, synth="minimoog-1osc", renders=50)[0]
    >>> best.key, best.mss < 2
    (54, True)
    >>> print(best)  # doctest: +ELLIPSIS
    the sound: play F#3 (MIDI 54) at velocity 100 for 0.80 s, ... dB)
      oscillator 1: osc1 range 8', osc1 tuning ...
    >>> best.save("my-patch")  # doctest: +SKIP
    """
    if progress is not None and not callable(progress):
        raise SynthinvError(
            f"progress: is of type {type(progress).__name__}; give a function of two numbers, the "
            "renders that are done and those that there will be"
        )
    given = _arguments("match", key=key, held=held, seed=seed, threads=threads)
    config = None if synth is None else as_synth(synth)
    trained = _trained(solver, config)
    if config is None:
        config = _own_synth(trained)
    limits = _limits(config, candidates=candidates, renders=renders, seconds=seconds)
    playing, instrument = _played(trained, config)
    heard, name = _sound(sound, sample_rate, playing.audio.sample_rate)
    own_seed = DEFAULT if config is None else config.seed
    draws, phases = _seed(given, own_seed, "match").spawn(2)
    rng = np.random.default_rng(draws)
    with Keyboard(playing, instrument, _threads(given), phases) as keyboard:
        presets = known_presets(instrument, limits.presets)
        matcher = Matcher(
            *(trained, keyboard, heard, given.key, limits.transposition),
            *(progress, presets, given.held),
        )
        renders = limits.renders or default_renders(heard.seconds, playing.engine)
        return matcher.matches(renders, limits.seconds, rng, limits.candidates, name)


def load_solver(folder: str | Path | None = None) -> TrainedSolver:
    """Read a solver.

    Parameters
    ----------
    folder : str or Path, optional
        Folder of a solver's training, such as `results/train/solver`, or the name of a solver that
        comes with synthinv, such as `dx7`; by default the one that `match` uses.

    Returns
    -------
    TrainedSolver
        The solver, for `match`.

    Raises
    ------
    SynthinvError
        If there is no such folder or name, or the folder holds no solver, or a damaged one.

    Examples
    --------
    >>> import synthinv
    >>> solver = synthinv.load_solver()
    >>> solver.playing.audio.sample_rate, solver.playing.note.velocity
    (44100, 100)
    """
    if folder is None:
        return checkpoint.load_solver(shipped_solver(MATCHED))
    if not isinstance(folder, str | os.PathLike):
        raise SynthinvError(
            f"solver: is of type {type(folder).__name__}; give the folder of a solver's training, "
            "or the name of a solver that comes with synthinv"
        )
    return checkpoint.load_solver(named_solver(folder))


def open_engine(
    synth: Synth | None = None,
    *,
    key: int | None = None,
    velocity: int | None = None,
    seconds: float | None = None,
    held: float | None = None,
    sample_rate: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> Engine:
    """Create an engine that plays a synth's patches; a context manager.

    Parameters
    ----------
    synth : str, Path or SynthConfig, optional
        What is played, as in `match`; by default the built-in synth's whole panel.
    key, velocity : int, optional
        MIDI note number and velocity; by default the configuration's, 60 and 100.
    seconds : float, optional
        Length of every note; by default the configuration's `audio.samples`, 0.9 s.
    held : float, optional
        Seconds for which the key is held; by default the whole note.
    sample_rate : int, optional
        In Hz; by default the configuration's, 44,100.
    seed : int, optional
        Seed of the built-in synth's phases where they are free; by default the configuration's.
    threads : int, optional
        CPU threads; by default as many as there are cores. The sound does not depend on it.

    Returns
    -------
    Engine
        Its method `render` turns patches, int [n, parameters], into notes, float32 [n, samples].

    Raises
    ------
    SynthinvError
        If the synth does not exist, or an argument is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> import synthinv
    >>> instrument = synthinv.load_instrument("minimoog-3osc")
    >>> patches = np.full((2, len(instrument.names)), 64)
    >>> with synthinv.open_engine("minimoog-3osc", key=48, seconds=0.5) as engine:
    ...     engine.render(patches).shape
    (2, 22050)
    """
    return _engine(
        "open_engine",
        synth,
        key=key,
        velocity=velocity,
        seconds=seconds,
        held=held,
        sample_rate=sample_rate,
        seed=seed,
        threads=threads,
    )


def render(
    patches: npt.ArrayLike,
    *,
    synth: Synth | None = None,
    key: int | None = None,
    velocity: int | None = None,
    seconds: float | None = None,
    held: float | None = None,
    sample_rate: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
) -> Audio:
    """Play one note per patch.

    Parameters
    ----------
    patches : int array [n, parameters] or [parameters]
        A step for each of the instrument's parameters: a CC value, 0 to 127, or up to the
        parameter's own `highest`.
    synth : str, Path or SynthConfig, optional
        What is played, as in `match`; by default the built-in synth's whole panel.
    key, velocity, seconds, held, sample_rate, seed, threads : optional
        As in `open_engine`.

    Returns
    -------
    float32 array [n, samples]
        The notes, full scale ±1, each from its note-on.

    Raises
    ------
    SynthinvError
        If the synth does not exist or fails, or an argument is wrong.

    Examples
    --------
    >>> import synthinv
    >>> instrument = synthinv.load_instrument("minimoog")
    >>> patch = [64] * len(instrument.names)
    >>> synthinv.render([patch, patch], key=57, seconds=0.25, sample_rate=48_000).shape
    (2, 12000)
    """
    try:
        values = np.atleast_2d(np.asarray(patches))
    except ValueError:
        raise SynthinvError(
            "patches: differ in length; give each a step for every parameter"
        ) from None
    if values.dtype.kind not in "iu":
        raise SynthinvError(f"patches: are of {values.dtype}; give whole numbers, the steps")
    engine = _engine(
        "render",
        synth,
        key=key,
        velocity=velocity,
        seconds=seconds,
        held=held,
        sample_rate=sample_rate,
        seed=seed,
        threads=threads,
    )
    with engine:
        return engine.render(values)


def _engine(function: str, synth: Synth | None, **given: float | None) -> Engine:
    """Create an engine, with arguments by their names in `_Arguments`; errors name the function."""
    arguments = _arguments(function, **given)
    config = as_synth(MATCHED if synth is None else synth)
    note = _changed(
        config.note,
        function,
        number=arguments.key,
        velocity=arguments.velocity,
        seconds=arguments.held,
    )
    audio = _changed(config.audio, function, sample_rate=arguments.sample_rate)
    if arguments.seconds is not None:
        length = f"{function}: seconds: {arguments.seconds:g} s at {audio.sample_rate:,} Hz"
        samples = round(arguments.seconds * audio.sample_rate)
        audio = _changed(audio, length, samples=samples)
    playing = config.playing.model_copy(update={"note": note, "audio": audio})
    free = _seed(arguments, config.seed, "render")
    instrument = load_instrument(config.instrument)
    return opening.open_engine(playing, instrument, _threads(arguments), free)


def _trained(
    solver: str | Path | TrainedSolver | None, config: SynthConfig | None
) -> TrainedSolver:
    if isinstance(solver, TrainedSolver):
        return solver
    if solver is None and config is not None and config.match.solver is not None:
        name = config.match.solver
        raise SynthinvError(
            f"match.solver: '{name}' is a solver of the workflow; name its folder, such as "
            f"--solver results/train/{name} (in Python, solver=)"
        )
    if solver is not None or config is None:
        return load_solver(solver)
    return checkpoint.load_solver(shipped_solver(load_instrument(config.instrument).name))


def _own_synth(solver: TrainedSolver) -> SynthConfig | None:
    """Return the synth that comes with synthinv for a solver that does; None for other solvers."""
    name = solver.instrument.name
    if name not in synth_names():
        return None
    shipped = read_manifest(shipped_solver(name))["files"]["network"]["sha256"]
    return as_synth(name) if solver.digest == shipped else None


def _played(solver: TrainedSolver, config: SynthConfig | None) -> tuple[PlayingConfig, Instrument]:
    """Return how a solver's predictions are played, and the instrument that plays them."""
    if config is not None:
        instrument = as_trained(load_instrument(config.instrument), solver)
        return played_for(solver, config.engine, config.silence), instrument
    engine = solver.playing.engine
    # Another engine is a program to be started, and a file from elsewhere must not choose it.
    if engine.external:
        raise SynthinvError(
            f"the solver for '{solver.instrument.name}' was trained on a plug-in or a synth that "
            "is played live; name the configuration that plays it with --synth (in Python, synth=)"
        )
    return played_for(solver, engine, SilenceConfig()), solver.instrument


def _sound(
    sound: str | Path | Sound | npt.ArrayLike, sample_rate: float | None, wanted: int
) -> tuple[Sound, str]:
    """Return a sound at the wanted sample rate, and its name."""
    if not isinstance(sound, str | os.PathLike | Sound):
        return sound_of(sound, sample_rate, wanted), "the sound"
    if sample_rate is not None:
        raise SynthinvError("sample_rate: a sound file and a Sound have their own; leave it out")
    if isinstance(sound, Sound):
        _require_comparable(sound, wanted)
        return sound, "the sound"
    # Some systems allow names that are not valid text.
    name = Path(sound).name.encode(errors="replace").decode()
    return read_sound(Path(sound), wanted), name


def _require_comparable(sound: Sound, wanted: int) -> None:
    """Refuse a sound that is to be taken as it is, but with which no note can be compared."""
    if sound.sample_rate != wanted:
        raise SynthinvError(
            f"sound: its sample_rate is {sound.sample_rate!r}, and the synth is played at {wanted} "
            "Hz; resample it, or give its samples as an array"
        )
    audio = sound.audio
    if not isinstance(audio, np.ndarray) or audio.ndim != 1 or audio.dtype.kind != "f":
        raise SynthinvError(
            "sound: its audio is no float array [samples]; give such an array in its place"
        )
    if not len(audio):
        raise SynthinvError("sound: holds no samples; correct its audio")
    if not np.isfinite(audio).all():
        raise SynthinvError("sound: holds samples that are not numbers; correct its audio")
    if peak(audio) > LOUDEST:
        raise SynthinvError("sound: reaches far beyond ±1; divide its audio by full scale")
    if is_silent(peak(audio), SILENT):
        raise SynthinvError("sound: is silent; choose one in which a note is heard")
    if is_silent(peak(audio[: round(COMPARED_SECONDS * wanted)]), SILENT):
        raise SynthinvError(
            f"sound: is silent for its first {COMPARED_SECONDS:g} s, which alone are compared; cut "
            "off that silence, or give its samples as an array"
        )


def _limits(config: SynthConfig | None, **given: float | None) -> MatchConfig:
    return _changed(MatchConfig() if config is None else config.match, "match", **given)


def _changed(section: S, name: str, **given: float | None) -> S:
    """Return a section with the values that are given; its name is for errors."""
    values = {field: value for field, value in given.items() if value is not None}
    return validated(type(section), {**section.model_dump(), **values}, name)


def _arguments(function: str, **given: float | None) -> _Arguments:
    """Check a function's arguments."""
    # NumPy's numbers are as good as Python's.
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in given.items()}
    return validated(_Arguments, plain, function)


def _seed(given: _Arguments, own: int, purpose: str) -> np.random.SeedSequence:
    return seed_sequence(own if given.seed is None else given.seed, purpose)


def _threads(given: _Arguments) -> int:
    return given.threads or os.cpu_count() or 1
