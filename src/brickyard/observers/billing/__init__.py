"""What runs cost: priced intervals of clusters, attributed to tasks."""
