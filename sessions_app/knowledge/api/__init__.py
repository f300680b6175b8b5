"""Videos for programs."""
