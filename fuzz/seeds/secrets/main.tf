resource "aws_db_instance" "main" {
  password          = var.password
  secret_key        = "{{ placeholder }}" # lockkeeper:allow-secret a placeholder
  connection_string = "postgres://app:example@localhost/shop"
}
