# A shop gets a cache: Redis, the way to it, and the next version of the program, which uses it.

variable "redis_token" {
  type      = string
  sensitive = true
  default   = "made-up-for-this-page"
}

variable "vpc" {
  type    = string
  default = "vpc-0a1b2c3d4e5f60718"
}

resource "aws_elasticache_replication_group" "cache" {
  replication_group_id       = "shop-cache"
  description                = "Sessions and carts of the shop"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = "cache.t4g.small"
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = var.redis_token
  security_group_ids         = [aws_security_group.redis.id]
}

resource "aws_security_group" "redis" {
  name        = "shop-redis"
  description = "Redis, from the application only"
  vpc_id      = var.vpc
}

# The mistake that this page is about: the description above says something else.
resource "aws_vpc_security_group_ingress_rule" "redis" {
  security_group_id = aws_security_group.redis.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 6379
  to_port           = 6379
}

resource "aws_security_group" "app" {
  name        = "shop-app"
  description = "The application"
  vpc_id      = var.vpc
}

resource "aws_vpc_security_group_egress_rule" "app_to_redis" {
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.redis.id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_ecs_task_definition" "app" {
  family                   = "shop"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  cpu                      = "512"
  memory                   = "1024"

  container_definitions = jsonencode([
    {
      name         = "app"
      image        = "registry.example.com/shop:1.2.0"
      essential    = true
      portMappings = [{ containerPort = 8080, hostPort = 8080, protocol = "tcp" }]
      environment = [
        { name = "LOG_LEVEL", value = "info" },
        { name = "REDIS_TLS", value = "true" },
      ]
    },
  ])
}
