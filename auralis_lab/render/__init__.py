"""Applying a plan to a source: one path for streams, exports and notebooks."""
