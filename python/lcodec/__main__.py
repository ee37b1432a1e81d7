"""`python -m lcodec`: the command line."""

from lcodec.cli import main

raise SystemExit(main())
