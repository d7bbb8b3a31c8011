"""Decoded audio to numbers: loudness, spectrum, stereo, and the profile that holds them."""
