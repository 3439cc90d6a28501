variable "name" {
  type = string
}

variable "table" {
  type = string
}

variable "release" {
  type = string
}

variable "secret" {
  type      = string
  sensitive = true
  default   = "made-up-for-this-page"
}

locals {
  tags = { service = var.name, release = var.release }
}

resource "aws_dynamodb_table" "data" {
  name                        = var.table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true
  tags                        = local.tags

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_s3_bucket" "data" {
  bucket = "example-${var.name}"
  tags   = local.tags
}

resource "aws_iam_role" "service" {
  name = var.name
  tags = local.tags

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_security_group" "service" {
  name        = var.name
  description = "The tasks of ${var.name}"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
  tags        = local.tags
}

resource "aws_sqs_queue" "work" {
  count                   = 5
  name                    = "${var.name}-${count.index}"
  sqs_managed_sse_enabled = true
  tags                    = local.tags
}

resource "aws_cloudwatch_log_group" "log" {
  for_each          = toset(["access", "audit", "jobs", "requests", "server"])
  name              = "/${var.name}/${each.key}"
  retention_in_days = each.key == "audit" ? 365 : 30
  tags              = local.tags
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each            = toset(["errors", "latency", "saturation", "traffic"])
  alarm_name          = "${var.name}-${each.key}"
  namespace           = "Services"
  metric_name         = each.key
  statistic           = "Average"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 25
  period              = 60
  evaluation_periods  = 3
  dimensions          = { service = var.name }
}

resource "aws_route53_record" "service" {
  zone_id = "Z0123456789ABCDEFGHIJ"
  name    = "${var.name}.example.com"
  type    = "CNAME"
  ttl     = 60
  records = ["ingress.example.com"]
}

resource "aws_ssm_parameter" "setting" {
  for_each = toset(["cache", "database", "limits", "queue"])
  name     = "/${var.name}/${each.key}"
  type     = "String"
  value    = "${var.secret}-${each.key}-new"
}

resource "aws_cloudwatch_metric_alarm" "backlog" {
  count               = 1
  alarm_name          = "${var.name}-backlog"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900
  period              = 300
  evaluation_periods  = 1
  dimensions          = { QueueName = "${var.name}-0" }
}

resource "aws_kms_alias" "service" {
  count         = 0
  name          = "alias/${var.name}"
  target_key_id = "5d1c0f0e-1111-4222-8333-444455556666"
}
