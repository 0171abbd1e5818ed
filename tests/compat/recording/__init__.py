"""Records what a client and a server say to each other, and plays it again to a fresh server."""
