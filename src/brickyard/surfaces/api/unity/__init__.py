"""`/api/2.1/unity-catalog/…`: catalogs, schemas, tables and volumes as clients of Unity Catalog see them."""
