"""What every other package builds on: errors for users, validation, files, seeds, compute.

It knows nothing of sounds or synthesisers. Paths and plain values come in; files that are either
whole or absent, checked manifests, and independent random seeds go out.
"""
