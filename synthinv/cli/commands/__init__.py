"""The commands of `synthinv`, one module each: how it is called, and what it does."""
