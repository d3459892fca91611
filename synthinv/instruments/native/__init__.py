"""Preset files in the formats of the synths themselves.

Files come in and go out; between them stand presets: a name, and the synth's own values by name.
"""
