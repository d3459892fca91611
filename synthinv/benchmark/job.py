"""One job of a method: some sounds in, a table of scores out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from synthinv.audio.sound_file import Sound
from synthinv.audio.write import write_sound
from synthinv.benchmark.found import Found
from synthinv.benchmark.notes import Target, target_of
from synthinv.benchmark.scores import compared_part, last_notes, score_table, seconds_table
from synthinv.common.files import write_table
from synthinv.config.benchmark import SAMPLE_RATE, BenchmarkSound


@dataclass(frozen=True, eq=False)
class MethodJob:
    """What a method is to find.

    Attributes
    ----------
    method : str
        The method.
    budgets : sequence of int
        Numbers of renders; (0,) for a method that takes none.
    known : bool
        Whether the sounds' notes are known.
    synth : str or None
        The method's synth.
    files : list of Path
        The sounds' files.
    sounds : list of BenchmarkSound
        The sounds.
    parts : list of Sound
        Their recordings, see `synthinv.benchmark.scores.compared_part`.
    """

    method: str
    budgets: Sequence[int]
    known: bool
    synth: str | None
    files: list[Path]
    sounds: list[BenchmarkSound]
    parts: list[Sound]

    @classmethod
    def read(cls, method: str, files: Sequence[str], settings: Mapping[str, Any]) -> Self:
        """Read the sounds of a job.

        Parameters
        ----------
        method : str
            The method.
        files : sequence of str
            The sounds' files.
        settings : mapping
            What `synthinv.pipeline.benchmark_inputs.BenchmarkInputs.job` returns.

        Returns
        -------
        MethodJob
            The job.
        """
        paths, known = [Path(file) for file in files], settings["known"]
        sounds = [BenchmarkSound(**sound) for sound in settings["sounds"]]
        parts = [compared_part(path, settings["seconds"], known) for path in paths]
        return cls(method, settings["budgets"], known, settings["synth"], paths, sounds, parts)

    def targets(self, velocity: int) -> list[Target]:
        """Return the sounds with their notes, at this velocity where the notes are not known."""
        return [
            target_of(sound, part, self.known, velocity)
            for sound, part in zip(self.sounds, self.parts, strict=True)
        ]

    def write(self, output: Any, found: Sequence[Sequence[Found]]) -> None:
        """Write the scores and times of what was found, and its last notes.

        Parameters
        ----------
        output : snakemake.io.OutputFiles
            `scores`, `seconds` and `notes`: two tables, and a recording of the last notes.
        found : sequence of sequence of Found
            For each sound, one for each budget.
        """
        scores = score_table(self.method, self.budgets, self.sounds, self.parts, found)
        write_table(Path(output.scores), scores)
        seconds = seconds_table(self.method, self.budgets, self.sounds, found)
        write_table(Path(output.seconds), seconds)
        write_sound(Path(output.notes), last_notes(found), SAMPLE_RATE)
