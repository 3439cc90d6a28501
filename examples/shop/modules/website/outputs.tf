output "release" {
  description = "The release that is set."
  value       = terraform_data.settings.output.release
}

output "replicas" {
  description = "How many copies of the site run."
  value       = terraform_data.settings.output.replicas
}

output "database_encrypted" {
  description = "Whether the database is encrypted."
  value       = terraform_data.database.output.encrypted
}
