"""The synth that comes with synthinv, rendered offline.

CC values come in; the notes of a virtual analogue voice with up to three oscillators go out.
"""
