"""Patches for any sound of one note.

A sound, a solver and a synth come in; patches go out, with the key to play and for how long, as
JSON, MIDI, the synth's own presets, audio and an HTML page.
"""
