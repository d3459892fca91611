"""Synths' own preset files: read, written, and converted to patches of an instrument and back.

Files come in and go out; between them stand presets: a name, and the synth's own values by name.
"""
