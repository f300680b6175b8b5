"""What knowledge writes: every change of videos, transcripts, passages and references."""
