"""Changes of tags and covers that can be taken back."""
