"""What jobs that play engines need: files beside the instrument, and shares of what is limited."""

from synthinv.config.sections.engine import EngineConfig


def state_files(*engines: EngineConfig) -> list[str]:
    """List the files that some engines read besides the instrument."""
    return [engine.state for engine in engines if engine.state is not None]


def jack_servers(*engines: EngineConfig) -> int:
    """Count the private JACK servers, of which a machine has room for eight, with a synth each."""
    return sum(engine.host is not None for engine in engines)


def running_synths(*engines: EngineConfig) -> int:
    """Count the synths that are already running, each of which plays one note at a time."""
    return sum(not engine.offline and engine.host is None for engine in engines)
