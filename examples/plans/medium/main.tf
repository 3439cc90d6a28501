# A release of a shop with a mistake in it: somebody tidied up the keys, and the database gets another one.

locals {
  key  = "arn:aws:kms:eu-west-1:123456789012:key/5d1c0f0e-1111-4222-8333-444455556666"
  tags = { project = "shop", team = "platform" }
}

variable "database_password" {
  type      = string
  sensitive = true
  default   = "made-up-for-this-page"
}

variable "stripe_key" {
  type      = string
  sensitive = true
  default   = "made-up-as-well-new"
}

variable "reporting" {
  type    = bool
  default = false
}

variable "exports" {
  type    = bool
  default = true
}

resource "aws_db_instance" "main" {
  identifier              = "shop-production"
  engine                  = "postgres"
  engine_version          = "16.3"
  instance_class          = "db.m7g.large"
  allocated_storage       = 200
  storage_type            = "gp3"
  storage_encrypted       = true
  kms_key_id              = local.key
  username                = "shop"
  password                = var.database_password
  multi_az                = true
  db_subnet_group_name    = aws_db_subnet_group.main.name
  vpc_security_group_ids  = [aws_security_group.database.id]
  backup_retention_period = 14
  deletion_protection     = true
  skip_final_snapshot     = true
  tags                    = local.tags
}

resource "aws_db_instance" "reporting" {
  count                  = var.reporting ? 1 : 0
  identifier             = "shop-reporting"
  engine                 = "postgres"
  engine_version         = "16.3"
  instance_class         = "db.t4g.medium"
  allocated_storage      = 50
  storage_encrypted      = true
  username               = "reporting"
  password               = var.database_password
  db_subnet_group_name   = aws_db_subnet_group.main.name
  vpc_security_group_ids = [aws_security_group.database.id]
  skip_final_snapshot    = true
}

resource "aws_db_subnet_group" "main" {
  name       = "shop"
  subnet_ids = ["subnet-0a11", "subnet-0a12"]
}

resource "aws_security_group" "database" {
  name        = "shop-database"
  description = "PostgreSQL, from the application only"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"
}

resource "aws_security_group" "web" {
  name        = "shop-web"
  description = "The servers"
  vpc_id      = "vpc-0a1b2c3d4e5f60718"

  ingress {
    description = "HTTP from the load balancer"
    protocol    = "tcp"
    from_port   = 8080
    to_port     = 8080
    cidr_blocks = ["10.0.0.0/16"]
  }

  ingress {
    description = "SSH, for a while"
    protocol    = "tcp"
    from_port   = 22
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_lb" "web" {
  name               = "shop-web"
  load_balancer_type = "application"
  subnets            = ["subnet-0b11", "subnet-0b12"]
  security_groups    = [aws_security_group.web.id]
  idle_timeout       = 120
  tags               = local.tags
}

resource "aws_route53_record" "web" {
  zone_id = "Z0123456789ABCDEFGHIJ"
  name    = "shop.example.com"
  type    = "CNAME"
  ttl     = 60
  records = [aws_lb.web.dns_name]
}

resource "aws_launch_template" "web" {
  name                   = "shop-web"
  image_id               = "ami-0123456789abcdef0"
  instance_type          = "m7g.xlarge"
  vpc_security_group_ids = [aws_security_group.web.id]

  metadata_options {
    http_tokens = "required"
  }
}

resource "aws_autoscaling_group" "web" {
  name                = "shop-web"
  min_size            = 3
  max_size            = 12
  vpc_zone_identifier = ["subnet-0a11", "subnet-0a12"]

  launch_template {
    id      = aws_launch_template.web.id
    version = "$Latest"
  }
}

resource "aws_cloudwatch_log_group" "web" {
  name              = "/shop/web"
  retention_in_days = 90
  tags              = local.tags
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "shop-errors"
  namespace           = "AWS/ApplicationELB"
  metric_name         = "HTTPCode_Target_5XX_Count"
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 25
  period              = 60
  evaluation_periods  = 3
}

resource "aws_sqs_queue" "orders" {
  name                      = "shop-orders"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_lambda_function" "resize" {
  function_name = "shop-resize"
  role          = aws_iam_role.deploy.arn
  handler       = "index.handler"
  runtime       = "nodejs22.x"
  memory_size   = 512
  s3_bucket     = aws_s3_bucket.artifacts.bucket
  s3_key        = "resize.zip"
}

resource "aws_iam_role" "deploy" {
  name = "shop-deploy"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_policy" "deploy" {
  name = "shop-deploy"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["s3:*"]
        Resource = "*"
      },
    ]
  })
}

resource "aws_ssm_parameter" "stripe" {
  name  = "/shop/production/stripe"
  type  = "SecureString"
  value = var.stripe_key
}

resource "aws_ssm_parameter" "settings" {
  name = "/shop/settings"
  type = "String"

  value = jsonencode({
    checkout = "new"
    carts    = { days = 30 }
  })
}

resource "aws_s3_bucket" "artifacts" {
  bucket = "shop-artifacts"
  tags   = local.tags
}

resource "aws_s3_bucket" "exports" {
  count  = var.exports ? 1 : 0
  bucket = "shop-exports"
  tags   = local.tags
}
