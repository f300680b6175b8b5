"""What the assistant reads on the web: searches, pages, repair guides."""
