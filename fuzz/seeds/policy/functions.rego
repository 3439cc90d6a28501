package main

score(change) := 10 * count(change.change.actions) if regex.match(`^aws_(db|s3)_`, change.type)
else := 1

total := sum([score(c) | c := input.resource_changes[_]])

warn contains msg if { total > 10; msg := json.marshal({"total": total, "of": numbers.range(1, total)}) }

deny contains "all" if { every c in input.resource_changes { startswith(c.address, "aws_") } ; walk(input, [["x"], _]) }

test_total if total == 30 with input as {"resource_changes": []}
