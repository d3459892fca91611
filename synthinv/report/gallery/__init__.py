"""The documentation's gallery: its sounds, and what a network of the thesis predicts for them."""
