"""SQL warehouses: engines that start when a statement comes, and stop when none has come for a while."""
