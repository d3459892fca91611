import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

import synthinv
from synthinv.pipeline import provenance
from synthinv.pipeline.provenance import code_digest

SOURCE = Path(synthinv.__file__).parent
Edit = Callable[[str], str]
Digest = Callable[..., str]


@pytest.fixture
def digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Digest:
    """Digests modules of a copy of the package in which some files have been edited."""
    number = count()

    def of(*modules: str | Path, **edits: Edit) -> str:
        # A new folder each time: digests are cached by path.
        package = tmp_path / str(next(number)) / "synthinv"
        shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__"))
        for module, edit in edits.items():
            file = package / f"{module.replace('__', '/')}.py"
            before = file.read_text()
            file.write_text(edit(before))
            assert file.read_text() != before
        monkeypatch.setattr(provenance, "PACKAGE", package)
        uncounted = {package / "config/root.py", package / "common/errors.py"}
        monkeypatch.setattr(provenance, "NOT_COUNTED", uncounted)
        return code_digest(*modules)

    return of


def more_code(text: str) -> str:
    return text + "\nEXTRA = 1\n"


def test_a_digest_does_not_depend_on_where_the_package_lies(digest: Digest) -> None:
    assert digest("capture.capture") == digest("capture.capture")
    assert len(digest("capture.capture")) == 16


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text + "\n# A comment.\n",
        lambda text: "# A comment.\n\n\n" + text,
        lambda text: text.replace('"""Draw random', '"""Pick random'),
        lambda text: text.replace('"""Record random', '"""Play random'),
        lambda text: text.replace('"""The notes of one', '"""All notes of one'),
        lambda text: text.replace("capture_shard(\n    engine", "capture_shard(engine"),
    ],
    ids=["comment", "first comment", "module", "function", "class", "layout"],
)
def test_comments_docstrings_and_layout_do_not_count(digest: Digest, edit: Edit) -> None:
    assert digest("capture.capture", capture__capture=edit) == digest("capture.capture")


@pytest.mark.parametrize(
    "edit",
    [
        more_code,
        lambda text: text.replace("draw == silence.draws", "draw > silence.draws"),
        lambda text: text.replace("silence.draws + 1", "silence.draws + 2"),
        lambda text: text.replace('"clipped" if', '"loud" if'),
    ],
    ids=["new", "operator", "number", "text"],
)
def test_code_of_the_module_counts(digest: Digest, edit: Edit) -> None:
    assert digest("capture.capture", capture__capture=edit) != digest("capture.capture")


def test_code_of_imported_modules_counts_however_far_away(digest: Digest) -> None:
    plain = digest("capture.capture")
    assert digest("capture.capture", instruments__model=more_code) != plain
    assert digest("thesis.training", common__seeds=more_code) != digest("thesis.training")
    # training → store → files
    assert digest("thesis.training", common__files=more_code) != digest("thesis.training")


def test_modules_that_are_not_imported_do_not_count(digest: Digest) -> None:
    plain = digest("capture.capture")
    for module in (
        "report__figures__style",
        "thesis__training",
        "metrics__psd",
        "spectrogram__store",
    ):
        assert digest("capture.capture", **{module: more_code}) == plain


def test_the_models_and_the_exception_do_not_count(digest: Digest) -> None:
    assert digest("capture.capture", config__root=more_code, common__errors=more_code) == digest(
        "capture.capture"
    )


def test_an_engine_counts_only_where_it_is_named(digest: Digest) -> None:
    edit = {"engines__built_in__engine": more_code}
    assert digest("capture.capture", **edit) == digest("capture.capture")
    assert digest("capture.capture", "engines.built_in.engine", **edit) != digest(
        "capture.capture", "engines.built_in.engine"
    )
    assert digest("capture.capture", "engines.built_in.engine") != digest("capture.capture")


def test_the_voice_counts_for_the_built_in_engine(digest: Digest) -> None:
    plain = digest("engines.built_in.engine")
    assert digest("engines.built_in.engine", engines__built_in__voice=more_code) != plain


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("import synthinv.evaluate.scores", True),
        ("from synthinv.evaluate import scores", True),
        ("from synthinv.evaluate.scores import score", True),
        ("import numpy", False),
    ],
)
def test_a_script_counts_with_what_it_imports(
    digest: Digest, tmp_path: Path, line: str, counts: bool
) -> None:
    script = tmp_path / "script.py"
    script.write_text(f"{line}\n")
    changed = digest(script, evaluate__scores=more_code) != digest(script)
    assert changed is counts


def test_the_order_of_modules_does_not_count() -> None:
    modules = ("capture.capture", "metrics.psd")
    assert code_digest(*modules) == code_digest(*modules[::-1])


def test_a_module_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="synthinv has no module captrue"):
        code_digest("captrue")
