"""SQL statements asked for one by one: each runs in a session of its own, and its result is kept for an hour."""
