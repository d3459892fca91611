"""How good predictions are.

Predictions of a test set come in, with the notes they make when played. Out go scores in sound and
in parameters beside baselines that need no training, audibility of each parameter, and a verdict.
"""
