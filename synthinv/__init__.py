"""Which knobs make this sound? Synthesiser patches from recorded notes."""

__version__ = "0.1.0"
