"""What was tried on which tracks, and what came of it."""
