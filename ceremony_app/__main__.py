"""`python -m ceremony_app` is the `ceremony` command."""

import sys

from ceremony_app.cli import main

sys.exit(main())
