"""`/api/2.0/permissions`: who may do what with an object."""
