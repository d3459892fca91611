"""Files and settings for rendering a benchmark's sounds and running its methods."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from synthinv.common.errors import SynthinvError
from synthinv.config.benchmark import (
    BenchmarkSound,
    benchmark_job_settings,
    benchmark_jobs,
    benchmark_sounds,
    budgets_of,
    chosen_methods,
)
from synthinv.config.names import MATCHED
from synthinv.config.playing import playing_params
from synthinv.config.root import Config
from synthinv.config.sections.benchmark import MethodConfig
from synthinv.config.synth import as_synth
from synthinv.engines.opening import engine_module
from synthinv.instruments.model import load_instrument
from synthinv.instruments.registry import instrument_file
from synthinv.pipeline import paths
from synthinv.pipeline.targets import Targets
from synthinv.solver.registry import shipped_solver, solver_in


class BenchmarkInputs:
    """What the rules of the benchmark read.

    Parameters
    ----------
    config : Config
        The configuration.
    """

    def __init__(self, config: Config) -> None:
        self._config, self._targets = config, Targets(config)

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
            instrument_file(as_synth(synth).instrument)

    def _require_fit(self, method: MethodConfig) -> None:
        if method.solver is not None:
            solver_in(Path(method.solver))
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
        section = self._config.benchmark_method(method)
        jobs = benchmark_jobs(self._config.benchmark, section, split)
        return [self._sound_file(sound) for sound in jobs[job]]

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

    def instrument(self, method: str) -> str:
        """Return the file of the instrument that a method plays."""
        synth = self._config.benchmark_method(method).synth
        if synth is None:
            return self._config.instrument_of()
        return str(instrument_file(as_synth(synth).instrument))

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
            instrument = load_instrument(as_synth(section.synth or MATCHED).instrument)
            manifest = shipped_solver(instrument.name)
        return str(manifest.with_name(Path(pattern).name))

    def presets(self, method: str) -> tuple[str, ...]:
        """List the preset files among whose presets a method finds the nearest."""
        section = self._config.benchmark_method(method)
        if section.presets or section.synth is None:
            return section.presets
        return as_synth(section.synth).match.presets

    def playing(self, synth: str | None) -> dict[str, Any]:
        """Return the sections that decide how a synth plays, by default the configuration's."""
        playing = self._config.playing if synth is None else as_synth(synth).playing
        return playing_params(playing)

    def engine_modules(self) -> list[str]:
        """List the modules of the engines of all synths, for code digests."""
        benchmark = self._config.benchmark
        synths = {block.synth for block in benchmark.sounds} | {m.synth for m in benchmark.methods}
        engines = [as_synth(synth).engine for synth in synths if synth is not None]
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


@contextmanager
def _named(where: str) -> Iterator[None]:
    """Put a place in the configuration in front of what is wrong there."""
    try:
        yield
    except SynthinvError as error:
        raise SynthinvError(f"{where}: {error}") from None
