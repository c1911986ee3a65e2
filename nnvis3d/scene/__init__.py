"""Panda3D: draws what it is given. Never sees torch, decides nothing."""
