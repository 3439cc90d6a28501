variable "environment" {
  description = "The environment, which is also the folder of its site."
  type        = string
}

variable "site_folder" {
  description = "The folder that the web server serves, as an absolute path."
  type        = string

  validation {
    condition     = startswith(var.site_folder, "/")
    error_message = "The site folder must be an absolute path: every run works in another checkout."
  }
}

variable "release" {
  description = "The release that the settings are for: one of `releases`."
  type        = string
}

variable "releases" {
  description = "The releases to keep, by version."
  type = map(object({
    headline = string
    health   = optional(string, "healthy")
  }))

  validation {
    condition     = alltrue([for version in keys(var.releases) : can(regex("^[0-9]+[.][0-9]+[.][0-9]+$", version))])
    error_message = "A release is named by its version, such as 1.2.0."
  }
}

variable "replicas" {
  description = "How many copies of the site run."
  type        = number
}

variable "database_version" {
  description = "The major version of the database."
  type        = string
}
