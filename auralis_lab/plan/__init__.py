"""Decisions: what is to be done to a track, from numbers alone, with the reason for each."""
