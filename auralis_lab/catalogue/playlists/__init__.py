"""Playlists, made by hand and smart, and their files."""
