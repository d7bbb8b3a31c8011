"""What was measured, what sounds alike, what is there twice."""
