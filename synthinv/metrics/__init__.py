"""Distances between two sounds, and between two patches.

Notes or labels come in, predicted and true; one number per pair goes out: PSD error, multi-scale
spectral distance, wMFCC, SOT, RMS cosine, and errors of each parameter.
"""
