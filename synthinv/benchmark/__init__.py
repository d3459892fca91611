"""Benchmarks of methods that find patches for sounds.

A table of sounds and one of methods come in; the sounds are rendered, by a SoundFont or a synth,
the methods find patches for them, and a table of scores goes out, which a page of the documentation
shows.
"""
