"""The voice is compiled once, wherever synthinv is installed, and says so."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from synthinv.engines.built_in import voice
from synthinv.engines.built_in.compiled import KEPT, NOT_KEPT

MODULE = """
from synthinv.engines.built_in.compiled import compiled

@compiled()
def double(x):
    return 2 * x

assert double(3) == 6
"""


@pytest.fixture
def module(tmp_path: Path) -> Path:
    file = tmp_path / "package" / "doubling.py"
    file.parent.mkdir()
    file.write_text(MODULE)
    return file


def run(module: Path, **environment: str) -> str:
    """Run a module in a process of its own, and return what it prints on standard error."""
    before = {name: text for name, text in os.environ.items() if not name.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, str(module)],
        env={**before, "XDG_CACHE_HOME": str(module.parents[1] / "cache"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stderr


def test_it_is_compiled_once(module: Path) -> None:
    assert run(module) == f"{KEPT}\n"
    assert run(module) == ""


def test_the_result_is_kept_for_the_user_where_the_package_cannot_be_written_to(
    module: Path,
) -> None:
    # A file in the folder's place stops root, too.
    (module.parent / "__pycache__").touch()
    assert run(module) == f"{KEPT}\n"
    assert run(module) == ""
    assert list((module.parents[1] / "cache" / "numba").rglob("doubling.*"))


def test_it_works_where_nothing_can_be_written_to(module: Path) -> None:
    (module.parent / "__pycache__").touch()
    (module.parents[1] / "cache").touch()
    for _ in range(2):
        assert run(module) == f"{NOT_KEPT}\n"


def test_one_note_and_many_need_the_same_code() -> None:
    for notes, threads in ((1, 1), (17, 2), (100, 2)):
        controls = np.zeros((notes, len(voice.Control)), dtype=np.uint8)
        numbers, phases = np.full(notes, 60), np.zeros((notes, voice.OSCILLATORS), dtype=np.uint32)
        for given in (None, phases):
            voice.render_voices(controls, numbers, numbers, 64, 44_100, 32, threads, given)
    assert len(voice._render.signatures) == 1
