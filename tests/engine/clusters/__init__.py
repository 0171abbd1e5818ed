"""All-purpose clusters, with engines that the test plays."""
