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
        "power", description="Scale of the pixels before they are normalised to [0, 1]."
    )
    range_db: float = Field(
        80.0, gt=0, description="With scale decibel: the range below the maximum that is kept."
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
