"""What strangers see of a session: built anew from what was chosen, as a transcript, as articles, as words about a link."""
