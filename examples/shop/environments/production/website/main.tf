variable "site_folder" {
  description = "The folder that the web server serves."
  type        = string
}

module "website" {
  source = "../../../modules/website"

  environment      = "production"
  site_folder      = var.site_folder
  replicas         = 2
  database_version = "15"

  release = "1.0.0"
  releases = {
    "1.0.0" = { headline = "Good morning" }
  }
}

output "release" {
  description = "The release that is set."
  value       = module.website.release
}

output "replicas" {
  description = "How many copies of the site run."
  value       = module.website.replicas
}

output "database_encrypted" {
  description = "Whether the database is encrypted."
  value       = module.website.database_encrypted
}
