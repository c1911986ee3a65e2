"""`python main.py ARGS` in a checkout is the same program as `nnvis3d ARGS` after installation."""

import sys

from nnvis3d.cli import main

if __name__ == "__main__":
    sys.exit(main())
