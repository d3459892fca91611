"""The sections of the configuration: one module each, every field described.

Code digests leave these modules out, so they hold declarations and validators only.
"""
