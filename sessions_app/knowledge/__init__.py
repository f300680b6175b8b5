"""Videos that people talk about: transcripts, their passages, and answers that refer to a second. An app of its own inside
the product: `KNOWLEDGE=off` leaves it out. The product knows it by dotted paths in settings alone."""
