package terraform.network

import input as tfplan

default open = false

open { tfplan.resource_changes[_].change.after.port < 1024 }

tags[t] = v { v := tfplan.resource_changes[i].change.after.tags[t] }

deny[msg] { open; msg := {"msg": "low ports", "details": {"ports": [p | p := tfplan.resource_changes[_].change.after.port]}} }

warn[msg] { not tags.team; msg := concat(", ", ["no", "team"]) }
