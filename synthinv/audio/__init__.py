"""Sounds as arrays: sound files, frequency bands, pitch and alignment.

Sound files come in, and mono sounds of one sample rate go out; from these, spectra in mel or
logarithmic bands, a fundamental frequency, or the delay between two recordings.
"""
