"""The dialog of one session: what is wished, what was chosen before, the form, the preview, and how it is taken out."""
