# Two hundred services of one kind, 25 objects each, in a release that touches every object.

locals {
  # Two tables get another name on the way, which replaces them and what is in them.
  renamed = toset(["service-066", "service-133"])
}

module "service" {
  source   = "./service"
  for_each = toset([for number in range(200) : format("service-%03d", number)])

  name    = each.key
  table   = contains(local.renamed, each.key) ? "${each.key}-v2" : each.key
  release = "2026.2"
}
