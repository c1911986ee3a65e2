"""A window in a process of its own on a network in this one: a notebook's, a script's.

The network never leaves its process: only the window goes elsewhere. So any module can be viewed, whatever it
is made of and wherever it was defined, and a graphics driver never meets threads that it does not expect.
"""
