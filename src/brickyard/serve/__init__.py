"""`brickyard server`: where it listens, who may reach it, and how the connection is protected."""

from brickyard.serve.server import serve

__all__ = ["serve"]
