"""Presets in the files of the synths themselves.

Files come in and presets go out, and the other way round: a preset has the synth's own names and
values. `preset` turns them into patches of an instrument and back; each other module reads and
writes one format.
"""
