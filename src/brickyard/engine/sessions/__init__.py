"""Shells that keep their state between commands: their workers, their queues, and the answers to what they ask."""
