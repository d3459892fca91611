"""Pages filled into templates; HTML pages are self-contained, with sounds and pictures inside."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import jinja2
import numpy as np
import numpy.typing as npt
import soundfile


def data_uri(content: bytes, media_type: str) -> str:
    """Pack bytes of a media type into a URI that needs no file."""
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def audio_uri(note: npt.NDArray[np.float32], sample_rate: int) -> str:
    """Pack a note into a WAV data URI, at a common level.

    Parameters
    ----------
    note : float32 array [samples]
        The note, full scale ±1.
    sample_rate : int
        In Hz.

    Returns
    -------
    str
        URI; the peak is at −6 dBFS, since the metrics ignore the level too.
    """
    peak = float(np.abs(note).max())
    stream = io.BytesIO()
    level = note * (0.5 / peak) if peak > 0 else note
    soundfile.write(stream, level, sample_rate, subtype="PCM_16", format="WAV")
    return data_uri(stream.getvalue(), "audio/wav")


def fill_markdown(template: str, context: Mapping[str, Any]) -> str:
    """Fill in a template in Markdown.

    Parameters
    ----------
    template : str
        File in `templates/`.
    context : mapping
        Values of the names that the template uses; a name that is missing is an error.

    Returns
    -------
    str
        Markdown; nothing is escaped.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthinv.pages"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(template).render(context)


def fill(template: str, context: Mapping[str, Any]) -> str:
    """Fill in a template.

    Parameters
    ----------
    template : str
        File in `templates/`.
    context : mapping
        Values of the names that the template uses; a name that is missing is an error.

    Returns
    -------
    str
        HTML; every text from outside is escaped.
    """
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("synthinv.pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(context)
