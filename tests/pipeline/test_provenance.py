import ast
import re
import shutil
from collections.abc import Callable, Iterator
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
    """Return a function that digests modules of an edited copy of the package."""
    number = count()

    def of(*modules: str | Path, **edits: Edit) -> str:
        # A new folder each time: digests are cached by path. So is what a script imports, which
        # lies outside of it.
        provenance._imports.cache_clear()
        package = tmp_path / str(next(number)) / "synthinv"
        shutil.copytree(SOURCE, package, ignore=shutil.ignore_patterns("__pycache__", "models"))
        for module, edit in edits.items():
            file = package / f"{module.replace('__', '/')}.py"
            before = file.read_text()
            file.write_text(edit(before))
            assert file.read_text() != before
        monkeypatch.setattr(provenance, "PACKAGE", package)
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
        lambda text: text.replace("\n\n\n", '\n"""Below the last import or constant."""\n\n\n', 1),
        lambda text: re.sub(r"^    return ", '    "Why."\n    return ', text, flags=re.M),
        lambda text: re.sub(
            r"^        raise ", '        """Why."""\n        raise ', text, flags=re.M
        ),
    ],
    ids=[
        *("comment", "first comment", "module", "function", "class", "layout"),
        *("constant", "statement", "branch"),
    ],
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


@pytest.mark.parametrize(
    "module", ["config__sections__playing", "common__errors", "common__validation"]
)
def test_the_models_and_the_exception_do_not_count(digest: Digest, module: str) -> None:
    assert digest("capture.capture", **{module: more_code}) == digest("capture.capture")


@pytest.mark.parametrize("script", ["match_sound.py", "benchmark_sound.py", "train_network.py"])
def test_checks_of_the_whole_configuration_do_not_count_where_a_part_is_used(
    digest: Digest, root: Path, script: str
) -> None:
    path = root / "workflow" / "scripts" / script
    assert digest(path, config__checks=more_code) == digest(path)


@pytest.mark.parametrize(("name", "counts"), [("__init__.py", False), ("module.py", True)])
def test_what_a_package_loads_lazily_does_not_count(
    tmp_path: Path, name: str, counts: bool
) -> None:
    lazy = "__all__ = ['mss']\n\n\ndef __getattr__(name):\n    return name\n"
    digests = []
    for number, text in enumerate(("X = 1\n", "X = 1\n" + lazy, "X = 2\n" + lazy)):
        file = tmp_path / str(number) / name
        file.parent.mkdir()
        file.write_text(text)
        digests.append(code_digest(file))
    assert (digests[0] != digests[1]) == counts
    assert digests[1] != digests[2]


# Functions that only make messages.
FUNCTIONS = {
    "common/errors.py": {"in_brief"},
    "common/validation.py": {"validated", "_sentence", "_fault", "_field"},
}
VALIDATORS = {"model_validator", "field_validator"}
ANNOTATED_VALIDATORS = {"BeforeValidator", "AfterValidator"}


def more_than_declarations(tree: ast.Module, functions: set[str]) -> Iterator[str]:
    """Name what a module does besides declaring.

    Allowed are imports, docstrings, constants and aliases; exceptions, with an `__init__` that
    makes their message; models with fields and validators; functions that validate a field (given
    to `BeforeValidator` or `AfterValidator`), and those named.
    """
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given = {
        argument.id
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in ANNOTATED_VALIDATORS
        for argument in call.args
        if isinstance(argument, ast.Name)
    }
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in _more_than_fields(node))
        elif isinstance(node, ast.FunctionDef):
            if node.name not in functions | given:
                yield node.name
        elif not _declares(node):
            yield f"line {node.lineno}"


def _more_than_fields(model: ast.ClassDef) -> Iterator[str]:
    is_error = any(ast.unparse(base).endswith(("Exception", "Error")) for base in model.bases)
    for node in model.body:
        if isinstance(node, ast.FunctionDef):
            decorators = {ast.unparse(d).split("(")[0] for d in node.decorator_list}
            validates = bool(decorators & VALIDATORS)
            makes_message = is_error and node.name == "__init__"
            if not (validates or makes_message):
                yield node.name
        elif not _declares(node):
            yield f"line {node.lineno}"


def _declares(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return not any(isinstance(part, ast.Lambda) for part in ast.walk(node))
    return isinstance(node, ast.Import | ast.ImportFrom)


def declarations() -> dict[str, Path]:
    found = provenance.modules(provenance.DECLARATIONS)
    return {str(f.relative_to(SOURCE)): f for f in sorted(found)}


def test_every_pattern_of_what_does_not_count_names_a_file() -> None:
    for pattern in provenance.NOT_COUNTED:
        assert list(SOURCE.glob(pattern)), pattern


@pytest.mark.parametrize("module", declarations())
def test_what_does_not_count_holds_only_declarations(module: str) -> None:
    tree = ast.parse(declarations()[module].read_bytes())
    assert list(more_than_declarations(tree, FUNCTIONS.get(module, set()))) == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("LEVEL = -60.0\n'In dBFS.'\nName = Annotated[str, Field()]", []),
        ("def f(x): return x\nName = Annotated[str, AfterValidator(f)]", []),
        (
            "class C(Section):\n    x: int = 1\n    @model_validator(mode='after')\n"
            "    def f(self): ...",
            [],
        ),
        ("def f(x): return 10 ** x", ["f"]),
        ("for x in y: f(x)", ["line 1"]),
        ("class C(Section):\n    @property\n    def peak(self): return 1", ["C.peak"]),
        ("class C(Section):\n    @classmethod\n    def of(cls): return cls()", ["C.of"]),
        ("class C(Section):\n    @computed_field\n    def f(self): return 1", ["C.f"]),
        ("class C(Section):\n    def __init__(self): ...", ["C.__init__"]),
        ("class C(ValueError):\n    def __init__(self): ...", []),
        ("class C(Section):\n    f = lambda self: 1", ["C.line 2"]),
        (
            "class C(Section):\n    def item(self, n):\n        'Return it.'\n        return 1",
            ["C.item"],
        ),
        ("class C(Section):\n    def share(self): return 10 ** self.x", ["C.share"]),
        ("class C(Section):\n    def share(self):\n        f()\n        g = 1", ["C.share"]),
    ],
)
def test_behaviour_is_distinguished_from_declarations(code: str, found: list[str]) -> None:
    assert list(more_than_declarations(ast.parse(code), set())) == found


def test_no_constant_that_does_not_count_is_used_by_code_that_does() -> None:
    ignored = provenance.modules(provenance.NOT_COUNTED)
    names = {str(f.relative_to(SOURCE.parent).with_suffix("")).replace("/", ".") for f in ignored}
    used = [
        f"{file.relative_to(SOURCE)}: {alias.name}"
        for file in SOURCE.rglob("*.py")
        if file not in ignored
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ImportFrom) and node.module in names
        for alias in node.names
        if alias.name.isupper()
    ]
    assert used == []


@pytest.mark.parametrize(
    "script", ["train_solver.py", "refine.py", "patch_search.py", "match_sound.py"]
)
def test_the_formula_of_the_level_of_silence_counts_where_it_is_used(
    digest: Digest, root: Path, script: str
) -> None:
    # Of a level that is a variable; those of constants are elsewhere.
    formula = re.compile(r"(10 \*\* \([a-z(].*) / 20\)")
    holding = [f for f in SOURCE.rglob("*.py") if formula.search(f.read_text("utf-8"))]
    modules = [str(f.relative_to(SOURCE).with_suffix("")).replace("/", "__") for f in holding]
    edits = {module: lambda text: formula.sub(r"\1 / 10)", text) for module in modules}
    path = root / "workflow" / "scripts" / script
    assert modules
    assert digest(path, **edits) != digest(path)


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


def test_data_that_a_module_reads_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for folder, volume in (("a", 1), ("b", 1), ("c", 2)):
        package = tmp_path / folder / "synthinv"
        package.mkdir(parents=True)
        (package / "player.py").write_text('NAME = "initial.json"\n')
        (package / "initial.json").write_text(f'{{"volume": {volume}}}')
        (package / "unread.json").write_text(folder)
        monkeypatch.setattr(provenance, "PACKAGE", package)
        digests.append(code_digest("player"))
    assert digests[0] == digests[1] != digests[2]


def test_a_synths_initial_patch_counts_with_its_engine(digest: Digest) -> None:
    before = digest("engines.vital.engine")
    # The package is a copy from here on.
    (provenance.PACKAGE / "instruments" / "native" / "vital_init.json").write_text("{}")
    provenance._data_digests.cache_clear()
    assert code_digest("engines.vital.engine") != before


def test_the_order_of_modules_does_not_count() -> None:
    modules = ("capture.capture", "metrics.psd")
    assert code_digest(*modules) == code_digest(*modules[::-1])


def test_a_module_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="synthinv has no module captrue"):
        code_digest("captrue")
