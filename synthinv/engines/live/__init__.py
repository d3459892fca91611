"""A synth played over MIDI and recorded from an audio device, in real time.

CC values come in and are sent to a MIDI port; recorded notes go out, aligned to their note-on and
checked for dropouts. A private JACK server with a soft-synth can be started for each job.
"""
