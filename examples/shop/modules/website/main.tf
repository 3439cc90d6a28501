# A web site, its settings and its database, made of the built-in `terraform_data` alone, so that it
# runs anywhere without a provider and without the network.

terraform {
  required_version = ">= 1.4"
}

locals {
  # One folder for each environment, below the folder that the web server serves.
  site = "${var.site_folder}/${var.environment}"
}

# Altered in place: nothing is restarted.
resource "terraform_data" "settings" {
  input = {
    environment = var.environment
    release     = var.release
    replicas    = var.replicas
  }
}

# One object for each release that is kept. Creating it publishes the release, destroying it
# withdraws the release; the web server always shows the newest one that is left.
resource "terraform_data" "release" {
  for_each = var.releases

  input = {
    site = local.site
  }

  # Values reach the script as environment variables and never as part of the command, so that no
  # headline can become a command.
  provisioner "local-exec" {
    command = "sh \"$MODULE/site.sh\" publish"
    environment = {
      MODULE   = path.module
      SITE     = self.input.site
      RELEASE  = each.key
      HEADLINE = each.value.headline
      HEALTH   = each.value.health
    }
  }

  provisioner "local-exec" {
    when    = destroy
    command = "sh \"$MODULE/site.sh\" withdraw"
    environment = {
      MODULE  = path.module
      SITE    = self.input.site
      RELEASE = each.key
    }
  }
}

# Another version of a database is another database: this is replaced, and what it holds is lost.
resource "terraform_data" "database" {
  input            = { encrypted = true }
  triggers_replace = { version = var.database_version }
}
