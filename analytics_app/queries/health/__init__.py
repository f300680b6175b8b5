"""Whether the parts of the workspace do their work: seen from what happened, no provider is asked."""
