"""Files and settings for rendering a benchmark's sounds and running its methods."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.common.files import FIELDS, read_manifest, understood
from synthinv.config.benchmark import (
    SAMPLE_RATE,
    BenchmarkSound,
    bank_path,
    benchmark_job_settings,
    benchmark_jobs,
    benchmark_sounds,
    budgets_of,
    chosen_methods,
)
from synthinv.config.names import BY_SOLVERS, MATCHED
from synthinv.config.playing import playing_params
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import MethodConfig, MethodKind
from synthinv.config.sections.engine import EngineConfig
from synthinv.config.synth import as_synth
from synthinv.engines.opening import engine_module
from synthinv.instruments.load import load_instrument
from synthinv.instruments.model import Instrument
from synthinv.instruments.native.formats import preset_files
from synthinv.instruments.presets import preset_tables
from synthinv.instruments.registry import instrument_file
from synthinv.pipeline import paths
from synthinv.pipeline.targets import Targets
from synthinv.solver.registry import shipped_solver, solver_in

OF_PRESETS = ("match", "presets")
"""Kinds of methods that play presets from files."""


class BenchmarkInputs:
    """What the rules of the benchmark read.

    Parameters
    ----------
    config : Config
        The configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config, self._targets = config, Targets(config)
        # Hundreds of jobs play one instrument, and few synths.
        self._read = cache(load_instrument)
        self._engine = cache(lambda synth: as_synth(synth).engine)

    def check(self) -> None:
        """Refuse synths and solvers that are not there, and methods that lack what they need.

        Raises
        ------
        SynthinvError
            One sentence that names the block of sounds or the method.
        """
        for block in self._config.benchmark.sounds:
            with _named(f"benchmark.sounds, family {block.family}"):
                self._require_synth(block.synth)
        for method in self._config.benchmark.methods:
            with _named(f"benchmark.methods.{method.name}"):
                self._require_synth(method.synth)
        for method in chosen_methods(self._config.benchmark):
            with _named(f"benchmark.methods.{method.name}"):
                self._require_fit(method)

    def _require_synth(self, synth: str | None) -> None:
        if synth is not None:
            found = as_synth(synth)
            instrument_file(found.instrument)
            _require_rate(synth, found.audio.sample_rate)

    def _require_fit(self, method: MethodConfig) -> None:
        if method.kind in BY_SOLVERS:
            model = Path(self.solver(paths.MODEL, method.name))
            with understood(model, *FIELDS):
                rate = int(read_manifest(model)["playing"]["audio"]["sample_rate"])
            _require_rate(f"the solver in {model.parent}", rate)
        if method.kind == "presets" and not self.presets(method.name):
            raise SynthinvError(
                "presets: is empty, and its synth has no match.presets; name preset files, or "
                "leave the method out"
            )
        # A solver that is named may have been trained for another velocity than its synth's.
        if method.kind == "match" and method.solver is None:
            self._require_velocity(as_synth(method.synth or MATCHED).note.velocity)

    def _require_velocity(self, played: int) -> None:
        """Refuse sounds of known notes at other velocities than the one that match plays."""
        others = {*self._config.benchmark.velocities} - {played}
        if others and self._config.benchmark.note == "known":
            raise SynthinvError(
                f"match plays at velocity {played}, but benchmark.velocities has {min(others)}, "
                f"and notes are known; write velocities: [{played}], or leave the method out"
            )

    def sounds(self) -> list[str]:
        """List the files of all sounds, of both halves."""
        return [self._sound_file(sound) for sound in benchmark_sounds(self._config.benchmark)]

    def job_sounds(self, method: str, split: str, job: str) -> list[str]:
        """List the files of the sounds for which one job finds patches."""
        return [self._sound_file(sound) for sound in self.job_table(method, split, job)]

    def job_table(self, method: str, split: str, job: str) -> tuple[BenchmarkSound, ...]:
        """List the sounds themselves."""
        section = self._config.benchmark_method(method)
        return benchmark_jobs(self._config.benchmark, section, split)[job]

    def _sound_file(self, sound: BenchmarkSound) -> str:
        return self._targets.result(paths.BENCHMARK_SOUND, split=sound.split, sound=sound.name)

    def found(self, pattern: str) -> list[str]:
        """List one file for each job of every method that is run, the methods in order."""
        benchmark = self._config.benchmark
        return [
            self._targets.result(pattern, split=split, method=method.name, job=job)
            for method in chosen_methods(benchmark)
            for split in benchmark.splits
            for job in benchmark_jobs(benchmark, method, split)
        ]

    def methods_of(self, *kinds: MethodKind) -> str:
        """Return a regular expression of the names of the methods of some kinds."""
        methods = self._config.benchmark.methods
        return "|".join(method.name for method in methods if method.kind in kinds) or "none"

    def instrument(self, method: str) -> str:
        """Return the file of the instrument that a method plays."""
        synth = self._synth(method)
        if synth is None:
            return self._config.instrument_of()
        return str(instrument_file(as_synth(synth).instrument))

    def _synth(self, method: str) -> str | None:
        """Return the synth of a method, if it is not the configuration's instrument and engine."""
        section = self._config.benchmark_method(method)
        return section.synth or (MATCHED if section.kind in BY_SOLVERS else None)

    def engine(self, method: str) -> EngineConfig:
        """Return the engine that a method plays."""
        synth = self._synth(method)
        return self._config.engine if synth is None else self._engine(synth)

    def sound_engines(self, sounds: Iterable[BenchmarkSound]) -> list[EngineConfig]:
        """List the engines that play some sounds, each once; none for a sound of no synth."""
        synths = sorted({sound.synth for sound in sounds if sound.synth is not None})
        return [self._engine(synth) for synth in synths]

    def sound_instrument(self, sound: BenchmarkSound) -> list[str]:
        """List the file of the instrument that plays a sound; none if no synth does."""
        if sound.synth is None:
            return []
        return [str(instrument_file(as_synth(sound.synth).instrument))]

    def solver(self, pattern: str, method: str) -> str:
        """Return a file of the solver with which a method predicts."""
        section = self._config.benchmark_method(method)
        if section.solver is not None:
            manifest = solver_in(Path(section.solver))
        else:
            instrument = self._read(self.instrument(method))
            manifest = shipped_solver(instrument.name)
        return str(manifest.with_name(Path(pattern).name))

    def presets(self, method: str) -> tuple[str, ...]:
        """List the preset files among whose presets a method finds the nearest."""
        section, synth = self._config.benchmark_method(method), self._synth(method)
        if section.presets or synth is None:
            return section.presets
        return as_synth(synth).match.presets

    def match_settings(self, method: str) -> dict[str, Any]:
        """Return how a match plays its synth, for a rule's parameters."""
        match = as_synth(self._synth(method) or MATCHED).match
        return match.model_dump(mode="json", exclude={"solver", "sounds"})

    def preset_files(self, method: str) -> list[str]:
        """List those files that exist whose presets a method plays or starts from."""
        kind = self._config.benchmark_method(method).kind
        if kind not in OF_PRESETS:
            return []
        instrument = self._read(self.instrument(method))
        banks = self._bank_files(instrument, self.presets(method))
        return [*map(str, preset_tables(instrument)), *banks]

    def preset_modules(self, method: str) -> list[str]:
        """List the module that reads a method's preset files, if there is one."""
        if self._config.benchmark_method(method).kind not in OF_PRESETS:
            return []
        return _modules(self._read(self.instrument(method)))

    def sound_banks(self, sounds: Iterable[BenchmarkSound]) -> list[str]:
        """List those files that exist in which the presets of some sounds are."""
        banks = sorted({(str(s.synth), s.bank) for s in sounds if s.bank is not None})
        files = [
            file
            for synth, bank in banks
            for file in self._bank_files(self._read(as_synth(synth).instrument), [bank])
        ]
        return sorted(set(files))

    def sound_modules(self, sounds: Iterable[BenchmarkSound]) -> list[str]:
        """List the modules that read the banks of some sounds."""
        synths = sorted({str(sound.synth) for sound in sounds if sound.bank is not None})
        return [m for s in synths for m in _modules(self._read(as_synth(s).instrument))]

    def _bank_files(self, instrument: Instrument, banks: Iterable[str]) -> list[str]:
        """List the files of those banks that there are; the job says what is missing."""
        folders = self._config.benchmark.sources.banks
        there = [path for bank in banks if Path(path := bank_path(bank, folders)).exists()]
        try:
            return sorted(map(str, preset_files(instrument, there))) if there else []
        except SynthinvError:
            return []

    def playing(self, synth: str | None) -> dict[str, Any]:
        """Return the sections that decide how a synth plays, by default the configuration's."""
        playing = self._config.playing if synth is None else as_synth(synth).playing
        return playing_params(playing)

    def engine_modules(self) -> list[str]:
        """List the modules of the engines of all synths, for code digests."""
        benchmark = self._config.benchmark
        engines = [self.engine(method.name) for method in benchmark.methods]
        engines += self.sound_engines(benchmark_sounds(benchmark))
        return sorted({engine_module(engine) for engine in (self._config.engine, *engines)})

    def job(self, method: str, split: str, job: str) -> dict[str, Any]:
        """Return the parameters that all rules of methods have."""
        benchmark = self._config.benchmark
        section = self._config.benchmark_method(method)
        return {
            "budgets": budgets_of(section),
            "known": benchmark.note == "known",
            "seconds": benchmark.seconds,
            "sounds": benchmark_job_settings(benchmark, section, split, job),
            "synth": section.synth,
        }


def _require_rate(what: str, rate: int) -> None:
    """Refuse a synth or a solver whose notes cannot be compared with the sounds."""
    if rate != SAMPLE_RATE:
        raise SynthinvError(
            f"{what} is played at {rate:,} Hz, but the benchmark's sounds have {SAMPLE_RATE:,} Hz; "
            "use one that is played at that sample rate"
        )


def _modules(instrument: Instrument) -> list[str]:
    return [] if instrument.format is None else [f"instruments.native.{instrument.format}"]


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Put a place in the configuration in front of what is wrong there."""
    try:
        yield
    except SynthinvError as error:
        raise SynthinvError(f"{where}: {error}") from None
