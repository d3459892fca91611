"""Notes as images for a network.

Notes come in, and normalised spectrograms, float32 [n, bands, frames], go out, into stores that a
training reads in random order.
"""
