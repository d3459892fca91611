"""Kinds of spectrograms."""

from typing import Literal, Self

from pydantic import Field, model_validator

from synthinv.common.validation import Section
from synthinv.config.sections.types import Name


class SpectrogramConfig(Section):
    """One kind of spectrogram (thesis, section 4.1.1), with SciPy's parameters."""

    name: Name = Field(description="Name.")
    nperseg: int = Field(1500, ge=16, description="Window length n1 in samples.")
    noverlap: int | None = Field(
        None, ge=0, description="Overlap in samples; null is SciPy's default, nperseg // 8."
    )
    nfft: int = Field(10_000, ge=16, description="Length n2 of the zero-padded transform.")
    pool: int = Field(
        1,
        ge=1,
        description="Number of neighbouring bands averaged into one; 10 turns 5001 bands into 501.",
    )
    mels: int | None = Field(
        None,
        ge=1,
        description="Number of mel bands that the transform's bands are summed to; null for none.",
    )
    scale: Literal["power", "magnitude", "decibel"] = Field(
        "power", description="Scale of the pixels before they are normalised."
    )
    range_db: float = Field(
        80.0,
        gt=0,
        description="With scale decibel: the range below the note's maximum that is kept, and "
        "scaled to 0 to 1.",
    )
    normalisation: Literal["maximum", "sum", "norm", "constant", "none"] = Field(
        "maximum",
        description="What the pixels of a note are divided by. maximum, sum, norm: their maximum, "
        "sum or Euclidean norm; constant: `reference`, the same for all notes; none: nothing, "
        "pixels are SciPy's, per hertz.",
    )
    reference: float | None = Field(
        None,
        ge=1e-20,
        le=1e20,
        description="With normalisation constant: the pixel that becomes 1, in SciPy's units.",
    )

    @model_validator(mode="after")
    def _scipy_accepts(self) -> Self:
        if self.nfft < self.nperseg:
            raise ValueError(f"nfft ({self.nfft}) must be at least nperseg ({self.nperseg})")
        if self.noverlap is not None and self.noverlap >= self.nperseg:
            raise ValueError(
                f"noverlap ({self.noverlap}) must be less than nperseg ({self.nperseg})"
            )
        if self.mels is not None and self.pool > 1:
            raise ValueError("mels and pool both make fewer bands; give one of them")
        return self

    @model_validator(mode="after")
    def _normalisation_is_complete(self) -> Self:
        if (self.normalisation == "constant") != (self.reference is not None):
            raise ValueError("normalisation constant and reference belong together; give both")
        if self.scale == "decibel" and self.normalisation in ("constant", "none"):
            raise ValueError(
                f"with scale decibel, pixels are relative to the note's maximum; normalisation "
                f"{self.normalisation} would not change that, so choose maximum, sum or norm"
            )
        return self
