"""Decides requests by the table of actions, from what is stored of people and access lists."""
