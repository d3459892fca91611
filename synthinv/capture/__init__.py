"""Random patches or presets of banks, and their notes.

An instrument, an engine and a seed or preset files come in; shards of patches with recorded notes
go out, as FLAC, CSV and a manifest. A note that is silent or clipped is drawn again.
"""
