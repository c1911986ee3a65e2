"""Where an image comes from: strokes on a canvas, datasets, image files. Knows numpy and Pillow only."""
