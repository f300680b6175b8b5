"""Transcripts as they are brought become cues. Pure."""
