"""The benchmarks that the README names. Sees both sides, as app.py does; nothing of the program imports
it."""
