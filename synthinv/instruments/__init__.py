"""A synth as its parameters: which knobs it has, and how they are set over MIDI.

An instrument file comes in. Out go random patches, labels in [0, 1] and classes for networks, CC
values decoded from predictions, the MIDI messages of a patch and its note, and preset files.
"""
