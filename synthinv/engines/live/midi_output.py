"""A MIDI output: the port to the synth."""

import time
from collections.abc import Sequence

import mido

from synthinv.common.errors import SynthinvError
from synthinv.common.progress import announced
from synthinv.config.sections.engine import LiveConfig
from synthinv.engines.live.ending import NotInstalledError

FLUSH_SECONDS = 0.05
"""MIDI drivers send from a queue; closing the port too early would drop the last messages."""


def midi_backend(api: str | None) -> mido.Backend:
    """Load an RtMidi interface by its name; None is the system's default.

    Raises
    ------
    SynthinvError
        If the MIDI library cannot be loaded.
    """
    name = "mido.backends.rtmidi" + (f"/{api}" if api else "")
    try:
        return mido.Backend(name, load=True)
    except ImportError as error:
        raise NotInstalledError(
            f"engine.midi_api: the MIDI library cannot be loaded ({error}); install python-rtmidi "
            "and, on Debian and Ubuntu, apt-get install libjack-jackd2-0 libasound2"
        ) from None


def midi_outputs() -> dict[str, list[str]]:
    """List the MIDI outputs of this moment, as `engine.midi_port` takes them.

    Returns
    -------
    dict of str to list of str
        Interface, as `engine.midi_api` takes it, to its ports; none where its server does not run.

    Raises
    ------
    SynthinvError
        If the MIDI library cannot be loaded.
    """
    # Before its library is imported here, so that one that is missing is named.
    apis = midi_backend(None).module.get_api_names()
    import rtmidi

    ports: dict[str, list[str]] = {}
    for api in apis:
        try:
            ports[api] = midi_backend(api).get_output_names()
        except (rtmidi.RtMidiError, RuntimeError, OSError):
            ports[api] = []
    return ports


def open_port(engine: LiveConfig, api: str | None) -> mido.ports.BaseOutput:
    """Open the MIDI output port that the configuration asks for, or create it."""
    backend = midi_backend(api)
    import rtmidi

    try:
        if engine.virtual_port:
            port = backend.open_output(engine.midi_port, virtual=True)
            with announced(
                f"waiting {engine.connect:g} s for a synth to be connected to the MIDI port "
                f"'{engine.midi_port}'"
            ):
                time.sleep(engine.connect)
            return port
        names: list[str] = backend.get_output_names()
        return backend.open_output(_find_port(engine.midi_port, names))
    except (ValueError, OSError, rtmidi.RtMidiError, RuntimeError) as error:
        raise SynthinvError(
            f"engine.midi_port: '{engine.midi_port}' cannot be opened with the MIDI interface "
            f"'{api or 'default'}' ({error}); check engine.midi_api, and that its server runs"
        ) from None


def _find_port(wanted: str, names: Sequence[str]) -> str:
    matches = [n for n in names if n == wanted] or [n for n in names if wanted in n]
    if len(matches) == 1:
        return matches[0]
    problem = "several MIDI ports match" if matches else "there is no MIDI port"
    known = ", ".join(f"'{name}'" for name in names) or "none"
    raise SynthinvError(
        f"engine.midi_port: {problem} '{wanted}'; name one of those that exist ({known})"
    )
