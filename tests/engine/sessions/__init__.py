"""Sessions, whose workers the test plays."""
