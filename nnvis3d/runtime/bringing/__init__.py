"""Networks from outside: by the name of a Python function, or from a file. Nothing is ever unpickled."""
