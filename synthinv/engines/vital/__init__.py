"""Vital, played through `vita`.

Patches come in and notes go out; each patch is played from the very text of its .vital file.
"""
