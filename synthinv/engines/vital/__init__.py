"""Vital, played through `vita`.

Patches come in and notes go out, the same as Vital itself plays from a patch's .vital file.
"""
