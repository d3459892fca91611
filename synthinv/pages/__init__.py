"""What all HTML pages share: templates, embedded sounds, pictures of spectrograms and knobs.

Sounds and plain values come in; pages go out that need no other file and no network access.
"""
