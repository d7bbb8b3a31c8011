"""``python -m auralis_lab.cli`` is the `auralis` command."""

from auralis_lab.cli import main

main()
