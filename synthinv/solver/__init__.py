"""The solver: our network from notes to a class for each parameter.

Notes come in, stored or freshly rendered; a trained solver goes out, with all that is needed to
predict patches from sounds. Those that come with synthinv lie in `models`.
"""
