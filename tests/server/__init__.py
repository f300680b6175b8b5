"""The real server as a process, driven over HTTP and WebSockets, and killed."""
