"""In which order things are drawn, for all of them are in Panda3D's "fixed" bin.

What is opaque but for its smoothed edges comes first and writes depth, then the room behind it: so no pixel
of the room
is shaded that a panel hides, which is a fifth of a frame without a GPU. What is see-through comes last.
"""

PAD = 5
VOXELS = 8
TILES = 10
PLATES = 12
FLOOR = 30
BACKDROP = 31
REFLECTIONS = 40
ARCS = 42
BARS = 45
STANDS = 52
EDGES = 55
KERNELS = 56
MARKS = 58
DOCKED_PAD = 60
