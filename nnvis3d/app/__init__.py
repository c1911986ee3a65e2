"""The room that sees both sides: it puts the others together, and runs the tick (`app.py`)."""
