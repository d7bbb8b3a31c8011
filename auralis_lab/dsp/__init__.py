"""Signal processing on plain arrays: no files, no plans, no catalogue."""
