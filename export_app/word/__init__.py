"""A document as a Word file (Office Open XML). Pure: it runs in a child process that knows no database and no settings.

python-docx makes the package with its header, footer and properties; the body, which it would build an object at a
time, is written as text and never whole in memory.
"""
