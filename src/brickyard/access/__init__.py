"""WHO may do what: kinds of objects, levels, actions and the one table that joins them. Pure."""
