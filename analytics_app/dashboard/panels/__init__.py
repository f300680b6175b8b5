"""The panels, in groups. Each is a function from a question and what was read for its page to its contents."""
