"""``python -m auralis_lab`` is the `auralis` command."""

from auralis_lab.cli import main

main()
