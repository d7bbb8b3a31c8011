"""Work on whole files: measure, enhance, write."""
