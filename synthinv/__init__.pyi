from synthinv import metrics as metrics
from synthinv.common.errors import SynthinvError as SynthinvError
from synthinv.instruments.load import load_instrument as load_instrument
from synthinv.matching.api import load_solver as load_solver
from synthinv.matching.api import match as match
from synthinv.matching.api import open_engine as open_engine
from synthinv.matching.api import render as render
from synthinv.matching.result import Match as Match

__version__: str

__all__ = [
    "Match",
    "SynthinvError",
    "__version__",
    "load_instrument",
    "load_solver",
    "match",
    "metrics",
    "open_engine",
    "render",
]
