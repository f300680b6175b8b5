"""What the admin site says of what leaves and enters."""

from . import shares

__all__ = ["shares"]
