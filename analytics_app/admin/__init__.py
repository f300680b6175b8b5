"""What the admin site says of figures."""
