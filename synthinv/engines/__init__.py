"""What plays patches: the built-in voice, a DX7, Vital, a plug-in, or a synth played live.

An instrument and the sections that decide how a patch sounds come in. Out goes a context manager
whose `render` turns patches, int [n, parameters], into audio, float32 [n, samples]. Nothing above
this package knows how the sound is made.
"""
