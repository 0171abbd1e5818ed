"""All-purpose clusters: their states, what runs on them, and when they end by themselves."""
