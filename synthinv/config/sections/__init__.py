"""The sections of the configuration: one module each, every field described."""
