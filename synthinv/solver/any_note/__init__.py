"""A solver for notes of any key and length: sounds and key presses in, distributions of knobs out.

`layout` says where its inputs' frames and bands lie, `front_end` computes them in NumPy and
`spectra` in PyTorch. `network` holds the trained layers. `notes` renders what they are trained on,
`patches` draws its patches, and `augmentation` makes it sound like recordings.
"""
