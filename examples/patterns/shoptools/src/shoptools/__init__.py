"""What the tasks of the patterns example share."""
