"""The configuration: a model for each section, the whole, and its cross-checks.

A mapping read from YAML comes in; a validated, immutable `Config` goes out, or one sentence that
names the field that is wrong. `docs/configuration.md`, the reference, is generated from the models.
"""
