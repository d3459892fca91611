"""The networks that can be trained as a solver, in PyTorch.

The outputs of a front end come in, logits of the classes of all parameters go out.
"""
