"""nnvis3d: draw a digit and watch every neuron of a network answer, in 3D, in the same frame."""

__version__ = "0.1.0"
