package main

deny_destroy contains msg if {
    some change in input.resource_changes
    change.type in {"aws_db_instance", "aws_s3_bucket"}
    "delete" in change.change.actions
    msg := sprintf("%s holds data and would be destroyed", [change.address])
}

class_size := {"class": "high", "msg": "much changes"} if {
    count([c | some c in input.resource_changes; c.change.actions != ["no-op"]]) > 1
}

exception contains ["destroy"] if input.variables.region.value == "eu-west-1"
