"""What can be typed behind "/": found in `SLASH_COMMANDS`, run for the person who typed it, never told to a model."""
