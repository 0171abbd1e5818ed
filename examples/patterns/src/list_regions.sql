-- What the loop runs over: each row is one iteration, its columns are {{input.region}} and {{input.orders}}.
SELECT region, orders
FROM VALUES ('north', 4), ('south', 0), ('west', 3) AS shops(region, orders)
WHERE :day IS NOT NULL
ORDER BY region
