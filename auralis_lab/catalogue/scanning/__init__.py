"""Bring the catalogue in line with folders of music."""
