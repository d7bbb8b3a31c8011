"""What a beets library knows, taken over."""
