"""Files to audio and audio to files."""
