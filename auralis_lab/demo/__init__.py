"""A library of eight short pieces, made on the spot, to try everything on."""

from __future__ import annotations

from auralis_lab.demo.library import render_piece, write_demo_library
from auralis_lab.demo.programme import PIECES, Piece

__all__ = ["PIECES", "Piece", "render_piece", "write_demo_library"]
