import pytest

from synthinv.config.sections.engine import BuiltInConfig, EngineConfig, LiveConfig, PlugInConfig
from synthinv.config.synth import as_synth
from synthinv.matching.budget import default_renders


@pytest.mark.parametrize(
    ("synth", "short", "long"),
    [
        ("minimoog", 6_000, 2_000),
        ("dx7", 4_500, 1_500),
        ("amsynth", 900, 450),
        ("vital", 500, 200),
    ],
)
def test_a_slow_synth_and_a_long_sound_have_fewer_renders(
    synth: str, short: int, long: int
) -> None:
    engine = as_synth(synth).engine
    assert default_renders(1.0, engine) == short
    assert default_renders(4.0, engine) == default_renders(60.0, engine) == long


@pytest.mark.parametrize(
    "engine",
    [LiveConfig(kind="live", midi_port="a"), PlugInConfig(kind="plug-in", path="a.so")],
)
def test_a_synth_of_unknown_pace_has_a_fixed_number(engine: EngineConfig) -> None:
    assert default_renders(0.1, engine) == default_renders(9.0, engine) == 200


def test_a_click_has_a_multiple_of_five_hundred() -> None:
    assert default_renders(0.01, BuiltInConfig()) == 26_000
