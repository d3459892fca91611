from collections.abc import Iterator

import mido
import pytest

from synthinv.engines.jack import JackSession
from synthinv.instrument import Instrument, load_instrument
from synthinv.sections import JackHost


@pytest.fixture(scope="session")
def jack() -> mido.Backend:
    return mido.Backend("mido.backends.rtmidi/UNIX_JACK")


@pytest.fixture(scope="session")
def amsynth() -> Instrument:
    return load_instrument("config/instruments/amsynth.yaml")


@pytest.fixture(scope="session")
def session(jack: mido.Backend, amsynth: Instrument) -> Iterator[JackSession]:
    """Run one server and synth for the tests that need not start their own."""
    with JackSession(JackHost(), amsynth, 44_100, jack.get_output_names) as session:
        yield session
