from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given

from synthinv.common.errors import SynthinvError
from synthinv.common.files import (
    FIELDS,
    read_json,
    read_manifest,
    read_table,
    read_yaml,
    replacing,
    seal,
    understood,
    verified,
    within_memory,
    write_json,
    write_manifest,
    write_table,
    write_text,
)
from tests.damage import Damage, assert_refused, damages
from tests.fuzz.mutations import BOMB


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "notes.bin").write_bytes(bytes(range(256)))
    path = folder / "notes.json"
    write_manifest(path, {"notes": 3, "rate": 0.5}, {"audio": folder / "notes.bin"})
    return path


def check(manifest: Path) -> None:
    verified(manifest, read_manifest(manifest), "audio")


def test_a_whole_file_is_accepted(manifest: Path) -> None:
    content = read_manifest(manifest)
    assert content["notes"] == 3
    assert content["rate"] == 0.5
    assert verified(manifest, content, "audio") == manifest.with_name("notes.bin")


@pytest.mark.parametrize("name", ["notes.bin", "notes.json"])
@given(damage=damages())
def test_any_changed_byte_is_refused_and_the_file_named(
    manifest: Path,
    name: str,
    damage: Damage,
) -> None:
    assert_refused(damage, manifest.with_name(name), lambda: check(manifest))


@pytest.mark.parametrize(("old", "new"), [(b"\n ", b"\n\t"), (b"}\n", b"}"), (b": 3", b":  3")])
def test_white_space_of_a_manifest_counts(tmp_path: Path, old: bytes, new: bytes) -> None:
    path = tmp_path / "m.json"
    write_manifest(path, {"notes": 3}, {})
    changed = path.read_bytes().replace(old, new, 1)
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    with pytest.raises(SynthinvError, match=r"m\.json: does not match its own digest"):
        read_manifest(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    audio = tmp_path / "notes.bin"
    audio.write_bytes(b"1")
    write_manifest(tmp_path / "m.json", {}, {"audio": audio})
    audio.unlink()
    with pytest.raises(SynthinvError, match=r"notes\.bin: is missing, but .*m\.json lists it"):
        check(tmp_path / "m.json")


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(SynthinvError, match=r"m\.json: cannot be read \(No such file"):
        read_manifest(tmp_path / "m.json")


@pytest.mark.parametrize("content", [b"[1]", b"", b"{", b"\xff", b"null"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SynthinvError, match=r"a\.json: is damaged"):
        read_json(path)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("table") / "metrics.csv"
    write_table(path, pd.DataFrame({"experiment": ["thesis", "one_step"], "value": [0.125, 2.5]}))
    return path


@pytest.mark.parametrize("name", ["metrics.csv", "metrics.json"])
@given(damage=damages())
def test_any_changed_byte_of_a_table_is_refused(table: Path, name: str, damage: Damage) -> None:
    assert_refused(damage, table.with_name(name), lambda: read_table(table))


@pytest.mark.parametrize("name", ["metrics.csv", "metrics.json"])
def test_a_table_of_which_a_part_is_missing_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / "metrics.csv"
    write_table(path, pd.DataFrame({"value": [0.125]}))
    path.with_name(name).unlink()
    with pytest.raises(SynthinvError, match=r"metrics\.csv: (is missing, but|has no manifest)"):
        read_table(path)


def test_a_table_comes_back(table: Path) -> None:
    assert read_table(table, dtype=str)["value"].to_list() == ["0.125", "2.5"]


def test_a_result_may_be_all_in_its_manifest(tmp_path: Path) -> None:
    write_manifest(tmp_path / "history.json", {"losses": [0.5, float("nan")]})
    assert len(read_manifest(tmp_path / "history.json")["losses"]) == 2


def test_a_manifest_that_lacks_what_its_reader_wants_is_refused(manifest: Path) -> None:
    for fields in ({}, {"files": 1}, {"files": {"audio": {"name": "../a", "sha256": ""}}}):
        with pytest.raises(SynthinvError, match=r"notes\.json: does not hold what it should"):
            verified(manifest, fields, "audio")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (BOMB, "stands for more than 100,000 values; use fewer aliases"),
        ("a: &a [*a]", "stands for more than 100,000 values"),
        ("[" * 10_000, "is not valid YAML"),
        ("a: !!python/object/apply:os.system [exit]", "is not valid YAML"),
        ("a: 2020-13-45", "is not valid YAML"),
        ("a: " + "9" * 5_000, "is not valid YAML"),
        ("a: !!int ''", "is not valid YAML"),
        ("a: {b: 1, c: 2, b: 3}", "is not valid YAML (the key 'b' is given twice in"),
        (b"a: \xff", "cannot be read"),
        ("", "holds no keys"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SynthinvError) as caught:
        read_yaml(path)
    assert str(caught.value).startswith(f"{path}: {sentence}")


def test_yaml_with_aliases_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: &a [1]\nb: {c: *a, d: *a}\n")
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1], "b": {"c": [1], "d": [1]}}


def test_a_key_that_a_merge_brings_may_be_given_again(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, x: 3}\n1: 0\n'1': 0\n"
    (tmp_path / "a.yaml").write_text(text)
    assert read_yaml(tmp_path / "a.yaml")["c"] == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("CUDA out of memory"),
        ValueError("Overflow when unpacking long long"),
    ],
)
@pytest.mark.parametrize("context", [understood, within_memory])
def test_too_little_memory_for_a_file_is_one_sentence(
    tmp_path: Path, context: Callable[[Path], AbstractContextManager[None]], error: Exception
) -> None:
    def read() -> None:
        with context(tmp_path / "a.flac"):
            raise error

    with pytest.raises(SynthinvError, match=r"a\.flac: needs more memory than there is") as caught:
        read()
    assert caught.value.__cause__ is error


def test_a_parsers_exception_becomes_a_sentence_and_its_cause(tmp_path: Path) -> None:
    def read(error: Exception) -> None:
        with understood(tmp_path / "a.csv", *FIELDS):
            raise error

    for error in (KeyError("notes"), TypeError("no number"), ValueError("x"), OverflowError("x")):
        with pytest.raises(SynthinvError, match=r"a\.csv: does not hold what it should") as caught:
            read(error)
        assert caught.value.__cause__ is error
    with pytest.raises(SynthinvError, match=r"a\.csv: cannot be read \(gone\); run again"):
        read(OSError("gone"))


@pytest.mark.parametrize("error", [AttributeError, AssertionError, NameError, RuntimeError])
def test_a_bug_in_a_parser_keeps_its_traceback(tmp_path: Path, error: type[Exception]) -> None:
    def read() -> None:
        with understood(tmp_path / "a.csv", *FIELDS):
            raise error

    with pytest.raises(error):
        read()


@pytest.mark.parametrize("error", [TypeError, KeyError, ValueError, RuntimeError])
def test_a_bug_in_what_is_built_keeps_its_traceback(tmp_path: Path, error: type[Exception]) -> None:
    def build() -> None:
        with within_memory(tmp_path / "m.json"):
            raise error

    with pytest.raises(error):
        build()


def test_a_wrong_option_of_a_reader_is_a_bug(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", pd.DataFrame({"mss": [0.1]}))
    with pytest.raises(TypeError):
        read_table(tmp_path / "a.csv", no_such_option=1)


@pytest.mark.parametrize("content", ["", "a,b\n1\n1,2,3\n", "a\n\udcff\n"])
def test_a_damaged_table_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode(errors="surrogateescape"))
    seal(path)
    with pytest.raises(SynthinvError, match=r"a\.csv: does not hold what it should"):
        read_table(path)


def test_writing_a_manifest_twice_gives_the_same_bytes(manifest: Path) -> None:
    again = manifest.with_name("again.json")
    write_manifest(again, {"notes": 3, "rate": 0.5}, {"audio": manifest.with_name("notes.bin")})
    assert again.read_bytes() == manifest.read_bytes()


def test_a_json_file_keeps_the_order_of_its_keys(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"z": 1, "a": "±"})
    assert list(read_json(tmp_path / "a.json").items()) == [("z", 1), ("a", "±")]


def test_a_table_is_written_without_its_index_and_alike_on_every_system(tmp_path: Path) -> None:
    table = pd.DataFrame({"index": [3], "mss": [0.1]}, index=[9])
    write_table(tmp_path / "folder" / "a.csv", table)
    assert (tmp_path / "folder" / "a.csv").read_bytes() == b"index,mss\n3,0.1\n"


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_behind_when_writing_fails(
    tmp_path: Path, error: type[BaseException]
) -> None:
    def fail() -> None:
        with replacing(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rewrite_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail() -> None:
        with replacing(path) as partial:
            partial.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    with replacing(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        assert partial.suffix == ".txt"
    assert [f.name for f in path.parent.iterdir()] == ["a.txt"]
