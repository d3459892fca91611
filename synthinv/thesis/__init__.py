"""The thesis's network: layers, training, grid search and principal components.

Spectrograms and labels of a data set come in; trained weights, training curves, grid results and
predicted labels go out.
"""
