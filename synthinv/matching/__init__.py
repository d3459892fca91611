"""A patch for any sound of one note.

A sound, a solver and a synth come in; a patch goes out, with the key to play and for how long, as
JSON, MIDI, audio and an HTML page.
"""
