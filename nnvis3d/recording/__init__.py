"""Frames into files: encoders, segments, joining. It sees neither window nor network."""
