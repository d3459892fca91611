"""Sections of the report: results in, one frozen dataclass per section for the template out."""
