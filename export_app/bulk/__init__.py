"""Files made in the background: where they lie, how they are packed, how their rows read."""
