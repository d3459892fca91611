"""What jobs that play engines need, and that every rule that plays one says so."""

import re
from pathlib import Path

from synthinv.config.sections.engine import BuiltInConfig, JackConfig, LiveConfig, PlugInConfig
from synthinv.pipeline.engine_needs import jack_servers, running_synths, state_files

RUNNING = LiveConfig(kind="live", midi_port="synth")
HOSTED = RUNNING.model_copy(update={"host": JackConfig(command=("synth",))})
PLUG_IN = PlugInConfig(kind="plug-in", path="synth.so", state="synth.state")
# Their engines are offline, which the configuration's checks see to.
OFFLINE = {"train_solver", "refine", "patch_search"}


def test_an_engine_needs_a_running_synth_a_server_or_a_file() -> None:
    engines = (BuiltInConfig(), RUNNING, HOSTED, PLUG_IN)
    assert [running_synths(engine) for engine in engines] == [0, 1, 0, 0]
    assert [jack_servers(engine) for engine in engines] == [0, 0, 1, 0]
    assert [state_files(engine) for engine in engines] == [[], [], [], ["synth.state"]]
    assert (running_synths(*engines), jack_servers(*engines)) == (1, 1)
    assert running_synths() == jack_servers() == 0


def test_every_rule_that_plays_an_engine_names_its_files_and_what_is_limited(root: Path) -> None:
    text = "".join(file.read_text() for file in (root / "workflow" / "rules").glob("*.smk"))
    rules = dict(re.findall(r"^ *rule (\w+):\n(.*?\n)(?=\S|\Z)", text, re.MULTILINE | re.DOTALL))
    playing = {name for name, body in rules.items() if re.search(r"ENGINE_MODULE|_ENGINES", body)}
    assert playing > OFFLINE
    for name in playing:
        assert re.search(r"^ +state=.*\b(STATE|state_files)\b", rules[name], re.MULTILINE), name
        if name not in OFFLINE:
            assert re.search(r"^ +jack=.*\b(JACK|jack_servers)\b", rules[name], re.MULTILINE), name
            assert re.search(r"^ +synth=.*\b(SYNTH|running_synths)\b", rules[name], re.M), name
