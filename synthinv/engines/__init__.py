"""What plays patches: the built-in voice, live synths, plug-ins, the DX7, Vital.

An instrument and the sections that decide how a patch sounds come in. Out goes a context manager
whose `render` turns patches, int [n, parameters], into audio, float32 [n, samples]. Nothing above
this package knows how the sound is made.
"""
