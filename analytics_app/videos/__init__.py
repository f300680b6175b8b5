"""Figures of a creator's videos: what is asked, read, and shown."""
