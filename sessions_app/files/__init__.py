"""Files that people bring: what they are, what can be read out of them, where they are kept.

What a file is comes from its content; its name only tells the language of a text. Pictures and PDFs are read by a
child process with little memory and time, so that one made to burst harms nothing but itself.
"""

from .kinds import TAKEN, Refusal
from .naming import shown_name
from .reading import Read, read

__all__ = ["TAKEN", "Read", "Refusal", "read", "shown_name"]
