"""Yamaha's DX7, as Dexed's synthesis plays it, rendered offline.

Patches come in, and become voices of 155 bytes; their notes go out.
"""
