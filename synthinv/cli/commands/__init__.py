"""The commands of `synthinv`, one module each: its arguments, and what it does."""
