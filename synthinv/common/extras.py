"""Packages that come with an extra, such as `synthinv[workflow]`, and need not be installed."""

from collections.abc import Iterator
from contextlib import contextmanager

from synthinv.common.errors import SynthinvError, in_brief

EXTRAS = {
    "workflow": (
        "cma",
        "matplotlib",
        "numcodecs",
        "onnx",
        "onnxscript",
        "pandas",
        "psutil",
        "pygments",
        "safetensors",
        "seaborn",
        "snakemake",
        "torch",
        "zarr",
    ),
    "plug-in": ("dawdreamer",),
    "dx7": ("dexed",),
    "vital": ("vita",),
    "benchmark": ("zimtohrli",),
    "docs": ("nbclient", "nbformat"),
}
"""Modules that are imported by their names, by the extra of pyproject.toml that brings them."""


@contextmanager
def extras_explained() -> Iterator[None]:
    """Say which extra is missing where a module of one cannot be imported.

    Raises
    ------
    SynthinvError
        If the block imports such a module.
    """
    try:
        yield
    except ImportError as error:
        module = (error.name or "").partition(".")[0]
        for extra, modules in EXTRAS.items():
            if module in modules:
                raise SynthinvError(
                    f"this needs {module}, which cannot be imported ({in_brief(error)}); install "
                    f"it with pip install 'synthinv[{extra}]'"
                ) from error
        raise
