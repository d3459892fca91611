"""The part of a configuration that a synth needs to be played, without any data set or training."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import Field

from synthinv.common import seeds
from synthinv.common.errors import SynthinvError
from synthinv.common.files import read_yaml
from synthinv.common.validation import Section, validated
from synthinv.config.names import SYNTHS, synth_names
from synthinv.config.root import Config
from synthinv.config.sections.engine import BuiltInConfig, EngineConfig, PlugInConfig
from synthinv.config.sections.match import MatchConfig
from synthinv.config.sections.playing import AudioConfig, NoteConfig, PlayingConfig, SilenceConfig
from synthinv.instruments.registry import instrument_file, instrument_names

REMEDY = "name a configuration file, such as the project's config/config.yaml"
SYNTH_REMEDY = "name an instrument file or a configuration file"
SYNTH_HELP = (
    f"name of a synth that comes with synthinv ({', '.join(synth_names())}), name or file of an "
    "instrument of the built-in synth, or configuration file of any other synth"
)


class SynthConfig(Section):
    """The sections of `Config` that commands beside the workflow need, with its defaults."""

    seed: int = Field(seeds.DEFAULT, ge=0)
    instrument: str = "minimoog-1osc"
    engine: EngineConfig = BuiltInConfig()
    note: NoteConfig = NoteConfig()
    audio: AudioConfig = AudioConfig()
    silence: SilenceConfig = SilenceConfig()
    match: MatchConfig = MatchConfig()

    @property
    def playing(self) -> PlayingConfig:
        """Sections that decide how a patch sounds."""
        return PlayingConfig(
            engine=self.engine, note=self.note, audio=self.audio, silence=self.silence
        )


def load_synth(mapping: Mapping[str, Any], source: str) -> SynthConfig:
    """Validate the sections of a configuration that a synth needs to be played, and only these.

    Parameters
    ----------
    mapping : mapping
        The configuration as read from YAML; its other sections may be of any kind.
    source : str
        What error messages call it.

    Returns
    -------
    SynthConfig
        The validated sections.

    Raises
    ------
    SynthinvError
        If one of them is wrong, or a key is that of no section at all.
    """
    for key in mapping:
        if key not in Config.model_fields:
            raise SynthinvError(
                f"{source}: {key}: is not a known key; remove it or correct its spelling"
            )
    sections = {key: mapping[key] for key in SynthConfig.model_fields if key in mapping}
    return validated(SynthConfig, sections, source)


def read_synth(path: Path) -> SynthConfig:
    """Read the sections of a configuration that a synth needs to be played, and only these.

    The files that the configuration names are looked for in the working folder, then in the file's,
    then above that.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    SynthConfig
        The validated sections.

    Raises
    ------
    SynthinvError
        If a file cannot be read, or one of the sections is wrong.
    """
    return _synth_in(read_yaml(path, REMEDY), path)


def as_synth(synth: str | Path | SynthConfig) -> SynthConfig:
    """Find a synth by its name, that of an instrument, an instrument file or a configuration file.

    Parameters
    ----------
    synth : str, Path or SynthConfig
        Name of a synth or an instrument that comes with synthinv, or the path of a file, which has
        a suffix or a folder. An instrument is played by the built-in synth. An object is returned
        as it is.

    Returns
    -------
    SynthConfig
        The synth.

    Raises
    ------
    SynthinvError
        If there is none of that name, or a file cannot be read or is neither of the two.
    """
    if isinstance(synth, SynthConfig):
        return synth
    if not isinstance(synth, str | os.PathLike):
        raise SynthinvError(
            f"synth: is of type {type(synth).__name__}; give a name, a file or a SynthConfig"
        )
    path = Path(synth)
    if path.suffix or len(path.parts) > 1:
        mapping = read_yaml(path, SYNTH_REMEDY)
        if "parameters" not in mapping:
            return _synth_in(mapping, path)
    elif str(synth) in synth_names():
        return read_synth(SYNTHS / f"{synth}.yaml")
    elif str(synth) not in instrument_names():
        known = ", ".join(sorted({*synth_names(), *instrument_names()}))
        raise SynthinvError(
            f"synth: there is no '{synth}' (known: {known}); name one of them, or a file such as "
            f"{synth}.yaml"
        )
    return SynthConfig(instrument=str(synth))


def _synth_in(mapping: Mapping[str, Any], path: Path) -> SynthConfig:
    """Validate what was read from a configuration file, and find the files that it names."""
    config = load_synth(mapping, str(path))
    presets = tuple(_presets(name, path) for name in config.match.presets)
    found: dict[str, Any] = {
        "instrument": _instrument(config.instrument, path),
        "match": config.match.model_copy(update={"presets": presets}),
    }
    if isinstance(config.engine, PlugInConfig):
        files = {"path": config.engine.path, "state": config.engine.state}
        files = {field: _found(file, path) for field, file in files.items() if file is not None}
        found["engine"] = config.engine.model_copy(update=files)
    return config.model_copy(update=found)


def _instrument(name: str, configuration: Path) -> str:
    """Return the path of a configuration's instrument file, or the name of a shipped one."""
    try:
        file = instrument_file(name)
    except SynthinvError as error:
        raise SynthinvError(f"{configuration}: {error}") from None
    return _required(name, "instrument", configuration) if file == Path(name) else name


def _presets(name: str, configuration: Path) -> str:
    """Return the path of a file or folder of presets that a configuration names."""
    # The banks of the synths that come with synthinv need not be installed.
    if configuration.parent.resolve() == SYNTHS.resolve():
        return name
    return _required(name, "match.presets", configuration)


def _required(name: str, field: str, configuration: Path) -> str:
    """Return the path of a file that a configuration names, or refuse the field."""
    path = _found(name, configuration)
    # What reads the file says why it cannot be looked at.
    with suppress(OSError):
        if not Path(path).exists():
            raise SynthinvError(f"{configuration}: {field}: there is no '{name}'; correct the path")
    return path


def _found(name: str, configuration: Path) -> str:
    """Return the path of a file that a configuration names, or the name where there is none."""
    for folder in (Path(), configuration.parent, configuration.parent.parent):
        with suppress(OSError):
            if (folder / name).exists():
                return str(folder / name)
    return name
