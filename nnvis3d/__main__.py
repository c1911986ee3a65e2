"""`python -m nnvis3d`."""

import sys

from nnvis3d.cli import main

if __name__ == "__main__":
    sys.exit(main())
