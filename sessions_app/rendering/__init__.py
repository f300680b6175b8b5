"""Text from anyone becomes safe HTML here, and nowhere else.

Pure: no database, no requests, importable in a plain shell. One grammar for every text, an allow-list as
the last step, and a block-wise form of the same for text that is still growing (`rendering.stream`).
"""

from sessions_app.rendering.clean import TextCleaner, clean_text
from sessions_app.rendering.markdown import LARGE, MAX_RENDER_BYTES, RENDERER_VERSION, render, render_person
from sessions_app.rendering.plain import one_line
from sessions_app.rendering.stream import Block, BlockStream

__all__ = [
    "LARGE",
    "MAX_RENDER_BYTES",
    "RENDERER_VERSION",
    "Block",
    "BlockStream",
    "TextCleaner",
    "clean_text",
    "one_line",
    "render",
    "render_person",
]
