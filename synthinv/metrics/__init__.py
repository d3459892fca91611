"""Distances between two sounds, and between two patches.

Notes or labels come in, predicted and true; one number per pair goes out: PSD error, multi-scale
spectral distance, wMFCC, SOT, RMS cosine, Zimtohrli, and errors of each parameter.
"""

__all__ = ["mss", "psd_error", "rms_cosine", "sot", "wmfcc"]


def __getattr__(name: str) -> object:
    """Load a distance between two notes."""
    if name not in __all__:
        raise AttributeError(f"module 'synthinv.metrics' has no attribute '{name}'")
    from importlib import import_module

    module = "psd" if name == "psd_error" else "audio"
    found: object = getattr(import_module(f"synthinv.metrics.{module}"), name)
    return found


def __dir__() -> list[str]:
    """List the distances, and the modules that are loaded."""
    return sorted({*globals(), *__all__})
