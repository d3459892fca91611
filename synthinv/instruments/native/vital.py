"""Vital's presets: .vital files, which are JSON and hold one preset each.

A preset's values are Vital's controls by Vital's names, as its file holds them; a modulation is
"source > destination" with its amount, and "source > destination bipolar" and the like with its
settings. What our presets hold besides, such as the wavetable, is made in `vital_waves`.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from synthinv.common.errors import SynthinvError, in_brief
from synthinv.common.files import write_text
from synthinv.instruments.load import load_instrument
from synthinv.instruments.native.preset import Preset, own_name
from synthinv.instruments.native.vital_waves import lfos, noise, wavetables

VERSION = "1.0.7"
"""Version of Vital that our files name: newer versions load them, older versions refuse them."""
LARGEST = 2**25
"""Bytes of the largest file that is read; a preset with three long wavetables has a few million."""
SLOTS = 64
"""Modulations that Vital has room for."""
ROUTE = " > "
SETTINGS = ("bipolar", "bypass", "power", "stereo")
"""What a modulation has besides its amount; all are 0 at first."""
MODULES = (
    "chorus",
    "compressor",
    "delay",
    "distortion",
    "eq",
    "filter_1",
    "filter_2",
    "filter_fx",
    "flanger",
    "osc_1",
    "osc_2",
    "osc_3",
    "phaser",
    "reverb",
    "sample",
)
"""Parts with a switch of their own, whose other controls have no effect while it is off."""
SOURCES = (
    *(f"env_{n}" for n in range(2, 7)),
    *(f"lfo_{n}" for n in range(1, 9)),
    *(f"random_{n}" for n in range(1, 5)),
    *(f"macro_control_{n}" for n in range(1, 5)),
    "mod_wheel",
    "pitch_wheel",
)
"""Modulators, which have no effect unless they modulate something."""
UNHEARD = ("beats_per_minute", "bypass", "mpe_enabled", "pitch_bend_range", "polyphony")
"""Controls that a single note does not depend on; the tempo is the host's."""


def read_presets(path: Path) -> list[Preset]:
    """Read a .vital file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    list of Preset
        Its preset: the values of the instrument `vital`, and of the others those that differ from
        Vital's initial patch and can be heard, such as a foreign wavetable ("osc_1_wavetable").

    Raises
    ------
    SynthinvError
        If it is not such a file, or what it holds is not a preset.
    """
    state = _state(path)
    settings = state.get("settings")
    if not isinstance(settings, dict):
        raise SynthinvError(f"{path}: has no settings; name a .vital file that Vital wrote")
    values = dict(initial_values())
    values |= {name: _number(path, name, settings[name]) for name in values if name in settings}
    routes = dict(_modulations(path, settings))
    used = {route.partition(ROUTE)[0] for route in routes}
    foreign = {name: 1.0 for name in _foreign_content(settings) if _audible(name, values, used)}
    parameters, constants = played_values()
    differs = {name for name, value in values.items() if value != initial_values()[name]}
    audible = {name for name in differs | constants if _audible(name, values, used)}
    kept = {name: values[name] for name in values if name in parameters | audible}
    silent = {name: 0.0 for name in parameters if ROUTE in name}
    # JSON can hold halves of characters, which no text file can.
    name = str(state.get("preset_name") or path.stem).encode("utf-8", "replace").decode("utf-8")
    return [Preset(name, kept | foreign | silent | routes)]


def write_presets(path: Path, presets: Sequence[Preset]) -> None:
    """Write a .vital file.

    Parameters
    ----------
    path : Path
        The file.
    presets : sequence of Preset
        One preset.

    Raises
    ------
    SynthinvError
        If there are more, it has what Vital does not, or the file cannot be written.
    """
    if len(presets) != 1:
        raise SynthinvError(
            f"{path}: a .vital file holds one preset, not {len(presets)}; write one file for each"
        )
    write_text(path, vital_json(presets[0]))


def vital_json(preset: Preset) -> str:
    """Return a preset as the text of a .vital file, which Vital and `vita` load.

    Parameters
    ----------
    preset : Preset
        Its values, see `vital_settings`.

    Returns
    -------
    str
        JSON with the settings, our wavetable, noise and LFO shapes.

    Raises
    ------
    SynthinvError
        As `vital_settings`.
    """
    head = {
        "author": "",
        "comments": "",
        "preset_name": preset.name,
        "preset_style": "",
        "synth_version": VERSION,
        **{f"macro{n}": f"MACRO {n}" for n in range(1, 5)},
    }
    settings = json.dumps(vital_settings(preset))
    # The rest is the same in all presets.
    return f'{json.dumps(head)[:-1]}, "settings": {settings[:-1]}, {_content()[1:]}}}\n'


def vital_settings(preset: Preset) -> dict[str, Any]:
    """Return a preset's settings.

    Parameters
    ----------
    preset : Preset
        What it lacks is as in Vital's initial patch.

    Returns
    -------
    dict
        Every control, and the `modulations`, those whose amount is not 0 first.

    Raises
    ------
    SynthinvError
        If a value is of no control and no modulation, or there are too many modulations.
    """
    controls = dict(initial_values())
    for name, value in preset.values.items():
        if name in controls:
            controls[name] = value
        elif ROUTE not in name:
            raise SynthinvError(
                f"preset {preset.name!r}: Vital has no control {name}; leave it out, or correct "
                "its name"
            )
    return controls | _slots(preset)


@cache
def initial_values() -> Mapping[str, float]:
    """Return the controls of Vital's initial patch, except those of modulations."""
    text = files(__package__).joinpath("vital_init.json").read_text(encoding="utf-8")
    values: dict[str, float] = json.loads(text)
    return values


@cache
def played_values() -> tuple[frozenset[str], frozenset[str]]:
    """Return the own names of the parameters and the constants of the instrument `vital`."""
    instrument = load_instrument("vital")
    return (
        frozenset(own_name(knob) for knob in instrument.parameters),
        frozenset(own_name(knob) for knob in instrument.constants),
    )


@cache
def _content() -> str:
    return json.dumps({"lfos": lfos(), "sample": noise(), "wavetables": wavetables()})


def _slots(preset: Preset) -> dict[str, Any]:
    """Lay out the modulations in Vital's slots."""
    routes = [
        name
        for name, amount in preset.values.items()
        if amount != 0 and name.count(" ") == ROUTE.count(" ")  # not a setting of one
    ]
    if len(routes) > SLOTS:
        raise SynthinvError(
            f"preset {preset.name!r}: has {len(routes)} modulations, and Vital room for {SLOTS}; "
            "leave some out"
        )
    slots: dict[str, Any] = {"modulations": []}
    for slot in range(SLOTS):
        route = routes[slot] if slot < len(routes) else ""
        source, _, destination = route.partition(ROUTE)
        slots["modulations"].append({"source": source, "destination": destination})
        slots[f"modulation_{slot + 1}_amount"] = preset.values.get(route, 0.0)
        for setting in SETTINGS:
            value = preset.values.get(f"{route} {setting}", 0.0)
            slots[f"modulation_{slot + 1}_{setting}"] = value
    return slots


def _state(path: Path) -> dict[str, Any]:
    """Read a file as JSON, without trusting any of its content."""
    try:
        if path.stat().st_size > LARGEST:
            raise SynthinvError(f"{path}: is too large for a preset of Vital; name another file")
        state = json.loads(path.read_bytes().decode("utf-8"), parse_constant=_refuse)
    except OSError as error:
        raise SynthinvError(
            f"{path}: cannot be read ({in_brief(error)}); name a .vital file"
        ) from None
    except (ValueError, RecursionError):
        raise SynthinvError(
            f"{path}: is not a preset of Vital, or is damaged; name a .vital file that Vital wrote"
        ) from None
    if not isinstance(state, dict):
        raise SynthinvError(f"{path}: has no settings; name a .vital file that Vital wrote")
    return state


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _number(path: Path, name: str, value: Any) -> float:
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise SynthinvError(f"{path}: settings.{name} is not a number; restore the file")


def _modulations(path: Path, settings: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the amounts of the modulations, and their settings where they are not 0."""
    modulations = settings.get("modulations", [])
    if not isinstance(modulations, list) or len(modulations) > SLOTS:
        raise SynthinvError(
            f"{path}: settings.modulations is not a list of at most {SLOTS}; restore the file"
        )
    seen: set[str] = set()
    for slot, modulation in enumerate(modulations, 1):
        route = _route(path, slot, modulation)
        prefix = f"modulation_{slot}_"
        numbers = {
            name: _number(path, prefix + name, settings.get(prefix + name, 0))
            for name in ("amount", *SETTINGS)
        }
        if not route or numbers["bypass"] or not numbers["amount"]:
            continue
        if route in seen:
            route += f" {slot}"  # a second one between the same ends, which no instrument has
        seen.add(route)
        yield route, numbers["amount"]
        yield from ((f"{route} {name}", numbers[name]) for name in SETTINGS if numbers[name])
        if modulation.get("line_mapping"):
            yield f"{route} line_mapping", 1.0


def _route(path: Path, slot: int, modulation: Any) -> str:
    ends = modulation if isinstance(modulation, dict) else {"source": None}
    source, destination = (ends.get(end, "") for end in ("source", "destination"))
    # JSON can hold line ends and halves of characters, which would break tables of presets.
    if not all(isinstance(end, str) and end.isprintable() for end in (source, destination)):
        raise SynthinvError(
            f"{path}: settings.modulations: {slot} has no source and destination; restore the file"
        )
    return f"{source}{ROUTE}{destination}" if source and destination else ""


def _foreign_content(settings: Mapping[str, Any]) -> Iterator[str]:
    """Name the wavetables, noise and LFO shapes that are not ours."""
    ours = json.loads(_content())
    if settings.get("sample", ours["sample"]) != ours["sample"]:
        yield "sample_content"
    for key, name in (("wavetables", "osc_{}_wavetable"), ("lfos", "lfo_{}_shape")):
        held = settings.get(key, ours[key])
        held = held if isinstance(held, list) else []
        for place, own in enumerate(ours[key]):
            if place >= len(held) or held[place] != own:
                yield name.format(place + 1)


def _audible(name: str, values: Mapping[str, float], used: set[str]) -> bool:
    """Tell whether a control that is not played here can matter in a preset."""
    if name in UNHEARD or "_view" in name or name.startswith("view_"):
        return False
    for module in MODULES:
        if name.startswith(f"{module}_") and name != f"{module}_on":
            return values[f"{module}_on"] > 0
    for source in SOURCES:
        if name == source or name.startswith(f"{source}_"):
            return source in used
    return True
