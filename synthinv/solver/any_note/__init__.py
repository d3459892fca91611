"""A solver for notes of any key and length: sounds and key presses in, distributions of knobs out.

`layout` says where its inputs' frames and bands lie, `front_end` computes them in NumPy and
`spectra` in PyTorch. `network` holds the trained layers. `notes` renders what they are trained on,
or takes it from what `stored` keeps; `patches` draws its patches, some of them near those that
`presets` reads; and `augmentation` makes it sound like recordings.
"""
