"""SQL of one's own, on copies of the catalogue."""
