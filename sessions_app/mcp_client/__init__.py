"""Tools of MCP servers that staff registered: what they are, asking them, and what comes of it.

Everything a server says is data from outside: its descriptions count only once staff have read them, its results are
marked as such and go where any text goes.
"""
