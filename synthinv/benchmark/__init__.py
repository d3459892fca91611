"""The benchmarks of sounds, and of the methods that find patches for them.

A table of sounds comes in; recordings of General MIDI, drums, amsynth and the DX7 are rendered,
several methods find patches for them, and a table of scores goes out, of which the documentation
shows a page.
"""
