//! The rules, told by what people do: one change of each kind, for each of the large clouds.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use lockkeeper_plan::inspect::{Inspection, inspect};
use serde_json::{Value, json};

fn entry(address: &str, actions: &[&str], before: Value, after: Value, unknown: Value) -> Value {
    let (resource_type, name) = address.split_once('.').unwrap();
    json!({"address": address, "mode": "managed", "type": resource_type, "name": name,
        "change": {"actions": actions, "before": before, "after": after, "after_unknown": unknown}})
}

fn plan(entries: Vec<Value>, configuration: Value) -> Inspection {
    let plan = json!({"format_version": "1.2", "resource_changes": entries,
        "configuration": {"root_module": {"resources": configuration}}});
    inspect(plan.to_string().as_bytes()).unwrap()
}

fn class(found: &Inspection) -> String {
    found.class.to_string()
}

/// The class of one update.
fn update(resource_type: &str, before: Value, after: Value) -> String {
    class(&plan(
        vec![entry(
            &format!("{resource_type}.x"),
            &["update"],
            before,
            after,
            json!({}),
        )],
        json!([]),
    ))
}

/// The class of one new object without configuration.
fn create(resource_type: &str, after: Value) -> String {
    class(&plan(
        vec![entry(
            &format!("{resource_type}.x"),
            &["create"],
            Value::Null,
            after,
            json!({"id": true}),
        )],
        json!([]),
    ))
}

fn check_updates(cases: Vec<(&str, Value, Value, &str)>) {
    for (resource_type, before, after, expected) in cases {
        let found = update(resource_type, before.clone(), after.clone());
        assert_eq!(found, expected, "{resource_type}: {before} -> {after}");
    }
}

fn check_creates(cases: Vec<(&str, Value, &str)>) {
    for (resource_type, after, expected) in cases {
        assert_eq!(
            create(resource_type, after.clone()),
            expected,
            "{resource_type}: {after}"
        );
    }
}

#[test]
fn updates_of_amazon() {
    check_updates(vec![
        (
            "aws_instance",
            json!({"tags": {"a": "1"}, "tags_all": {"a": "1"}}),
            json!({"tags": {"a": "2"}, "tags_all": {"a": "2"}}),
            "low",
        ),
        (
            "aws_instance",
            json!({"instance_type": "t3.small"}),
            json!({"instance_type": "t3.large"}),
            "low",
        ),
        (
            "aws_instance",
            json!({"instance_type": "t3.large"}),
            json!({"instance_type": "t3.small"}),
            "medium",
        ),
        (
            "aws_instance",
            json!({"monitoring": false}),
            json!({"monitoring": true}),
            "low",
        ),
        (
            "aws_instance",
            json!({"monitoring": true}),
            json!({"monitoring": false}),
            "medium",
        ),
        (
            "aws_instance",
            json!({"vpc_security_group_ids": ["a"]}),
            json!({"vpc_security_group_ids": ["b"]}),
            "medium",
        ),
        (
            "aws_autoscaling_group",
            json!({"max_size": 3, "min_size": 1}),
            json!({"max_size": 6, "min_size": 1}),
            "low",
        ),
        (
            "aws_autoscaling_group",
            json!({"max_size": 3, "min_size": 3}),
            json!({"max_size": 6, "min_size": 1}),
            "medium",
        ),
        (
            "aws_ecs_service",
            json!({"desired_count": 2}),
            json!({"desired_count": 4}),
            "low",
        ),
        (
            "aws_ecs_service",
            json!({"task_definition": "a:1"}),
            json!({"task_definition": "a:2"}),
            "medium",
        ),
        (
            "aws_lambda_function",
            json!({"memory_size": 128}),
            json!({"memory_size": 512}),
            "low",
        ),
        (
            "aws_lambda_function",
            json!({"source_code_hash": "a"}),
            json!({"source_code_hash": "b"}),
            "medium",
        ),
        (
            "aws_lambda_function",
            json!({"reserved_concurrent_executions": 10}),
            json!({"reserved_concurrent_executions": 50}),
            "low",
        ),
        (
            "aws_lambda_function",
            json!({"reserved_concurrent_executions": -1}),
            json!({"reserved_concurrent_executions": 10}),
            "medium",
        ),
        (
            "aws_odb_cloud_vm_cluster",
            json!({"cpu_core_count": 4}),
            json!({"cpu_core_count": 8}),
            "high",
        ),
        (
            "aws_dynamodb_tag",
            json!({"value": "a"}),
            json!({"value": "b"}),
            "low",
        ),
        (
            "aws_autoscaling_policy",
            json!({"scaling_adjustment": 1}),
            json!({"scaling_adjustment": 2}),
            "medium",
        ),
        (
            "aws_appautoscaling_target",
            json!({"max_capacity": 1}),
            json!({"max_capacity": 2}),
            "medium",
        ),
        (
            "aws_security_group",
            json!({"ingress": []}),
            json!({"ingress": [{"from_port": 22}]}),
            "medium",
        ),
        (
            "aws_security_group",
            json!({"tags": null}),
            json!({"tags": {"a": "b"}}),
            "low",
        ),
        (
            "aws_launch_template",
            json!({"tag_specifications": [{"resource_type": "instance", "tags": {"a": "1"}}]}),
            json!({"tag_specifications": [{"resource_type": "instance", "tags": {"a": "2"}}]}),
            "low",
        ),
        (
            "aws_iam_policy",
            json!({"policy": "{}"}),
            json!({"policy": "{\"Statement\":[]}"}),
            "medium",
        ),
        (
            "aws_iam_role",
            json!({"assume_role_policy": "{}"}),
            json!({"assume_role_policy": "{\"a\":1}"}),
            "medium",
        ),
        (
            "aws_s3_bucket_versioning",
            json!({"versioning_configuration": [{"status": "Suspended"}]}),
            json!({"versioning_configuration": [{"status": "Enabled"}]}),
            "medium",
        ),
        (
            "aws_kms_key",
            json!({"enable_key_rotation": false}),
            json!({"enable_key_rotation": true}),
            "medium",
        ),
        (
            "aws_lb",
            json!({"idle_timeout": 60}),
            json!({"idle_timeout": 120}),
            "medium",
        ),
        (
            "aws_route53_record",
            json!({"records": ["1.1.1.1"]}),
            json!({"records": ["2.2.2.2"]}),
            "medium",
        ),
        (
            "aws_cloudwatch_metric_alarm",
            json!({"threshold": 1}),
            json!({"threshold": 2}),
            "medium",
        ),
        (
            "aws_db_instance",
            json!({"instance_class": "db.t3.small"}),
            json!({"instance_class": "db.t3.large"}),
            "high",
        ),
        (
            "aws_db_instance",
            json!({"tags": {}}),
            json!({"tags": {"a": "b"}}),
            "low",
        ),
        (
            "aws_rds_cluster",
            json!({"backup_retention_period": 1}),
            json!({"backup_retention_period": 7}),
            "high",
        ),
        (
            "aws_elasticache_replication_group",
            json!({"num_cache_clusters": 1}),
            json!({"num_cache_clusters": 2}),
            "high",
        ),
        (
            "aws_vpc",
            json!({"enable_dns_hostnames": false}),
            json!({"enable_dns_hostnames": true}),
            "high",
        ),
        (
            "aws_route_table",
            json!({"route": []}),
            json!({"route": [{"cidr_block": "0.0.0.0/0"}]}),
            "high",
        ),
        (
            "aws_route",
            json!({"gateway_id": "a"}),
            json!({"gateway_id": "b"}),
            "high",
        ),
        (
            "aws_secretsmanager_secret_version",
            json!({"secret_id": "prod/db", "version_id": "1"}),
            json!({"secret_id": "prod/db", "version_id": "2"}),
            "high",
        ),
        (
            "aws_secretsmanager_secret",
            json!({"name": "dev/db", "description": "a"}),
            json!({"name": "dev/db", "description": "b"}),
            "medium",
        ),
        (
            "aws_ssm_parameter",
            json!({"type": "String", "value": "a"}),
            json!({"type": "String", "value": "b"}),
            "medium",
        ),
        (
            "aws_ssm_parameter",
            json!({"type": "SecureString", "name": "/prod/key", "value": "a"}),
            json!({"type": "SecureString", "name": "/prod/key", "value": "b"}),
            "high",
        ),
    ]);
}

#[test]
fn updates_of_azure_and_google() {
    check_updates(vec![
        (
            "azurerm_linux_virtual_machine",
            json!({"size": "Standard_B1s"}),
            json!({"size": "Standard_B4ms"}),
            "low",
        ),
        (
            "azurerm_service_plan",
            json!({"sku_name": "P1v2"}),
            json!({"sku_name": "P1v3"}),
            "low",
        ),
        (
            "azurerm_service_plan",
            json!({"sku_name": "S1"}),
            json!({"sku_name": "B1"}),
            "medium",
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"default_node_pool": [{"node_count": 2}]}),
            json!({"default_node_pool": [{"node_count": 5}]}),
            "low",
        ),
        (
            "azurerm_storage_account",
            json!({"account_replication_type": "LRS"}),
            json!({"account_replication_type": "GRS"}),
            "medium",
        ),
        (
            "azurerm_key_vault",
            json!({"sku_name": "standard"}),
            json!({"sku_name": "premium"}),
            "medium",
        ),
        (
            "azurerm_network_security_rule",
            json!({"access": "Deny"}),
            json!({"access": "Allow"}),
            "medium",
        ),
        (
            "azurerm_role_assignment",
            json!({"description": "a"}),
            json!({"description": "b"}),
            "medium",
        ),
        (
            "azurerm_linux_web_app",
            json!({"app_settings": {"A": "1"}}),
            json!({"app_settings": {"A": "2"}}),
            "medium",
        ),
        (
            "azurerm_mssql_database",
            json!({"sku_name": "S0"}),
            json!({"sku_name": "S1"}),
            "high",
        ),
        (
            "azurerm_virtual_network",
            json!({"address_space": ["10.0.0.0/16"]}),
            json!({"address_space": ["10.0.0.0/15"]}),
            "high",
        ),
        (
            "azurerm_subnet",
            json!({"service_endpoints": []}),
            json!({"service_endpoints": ["Microsoft.Sql"]}),
            "high",
        ),
        (
            "azurerm_key_vault_secret",
            json!({"key_vault_id": "/x/vaults/kv-prod", "version": "1"}),
            json!({"key_vault_id": "/x/vaults/kv-prod", "version": "2"}),
            "high",
        ),
        (
            "azapi_resource",
            json!({"type": "Microsoft.Sql/servers@2023", "body": {"a": 1}}),
            json!({"type": "Microsoft.Sql/servers@2023", "body": {"a": 2}}),
            "high",
        ),
        (
            "azapi_update_resource",
            json!({"type": "Microsoft.Web/sites@2023", "body": {"a": 1}}),
            json!({"type": "Microsoft.Web/sites@2023", "body": {"a": 2}}),
            "medium",
        ),
        (
            "google_compute_instance",
            json!({"labels": {"a": "1"}, "effective_labels": {"a": "1"}}),
            json!({"labels": {"a": "2"}, "effective_labels": {"a": "2"}}),
            "low",
        ),
        (
            "google_compute_instance",
            json!({"tags": ["web"]}),
            json!({"tags": ["web", "ssh"]}),
            "medium",
        ),
        (
            "google_compute_instance",
            json!({"machine_type": "e2-small"}),
            json!({"machine_type": "e2-standard-4"}),
            "low",
        ),
        (
            "google_container_node_pool",
            json!({"autoscaling": [{"max_node_count": 3}]}),
            json!({"autoscaling": [{"max_node_count": 9}]}),
            "low",
        ),
        (
            "google_compute_firewall",
            json!({"source_ranges": ["10.0.0.0/8"]}),
            json!({"source_ranges": ["0.0.0.0/0"]}),
            "medium",
        ),
        (
            "google_project_iam_binding",
            json!({"members": ["a"]}),
            json!({"members": ["a", "b"]}),
            "medium",
        ),
        (
            "google_storage_bucket",
            json!({"versioning": []}),
            json!({"versioning": [{"enabled": true}]}),
            "medium",
        ),
        (
            "google_sql_database_instance",
            json!({"settings": [{"tier": "db-f1-micro"}]}),
            json!({"settings": [{"tier": "db-g1-small"}]}),
            "high",
        ),
        (
            "google_bigquery_dataset",
            json!({"description": "a"}),
            json!({"description": "b"}),
            "high",
        ),
        (
            "google_compute_subnetwork",
            json!({"private_ip_google_access": false}),
            json!({"private_ip_google_access": true}),
            "high",
        ),
        (
            "google_compute_router_nat",
            json!({"min_ports_per_vm": 64}),
            json!({"min_ports_per_vm": 128}),
            "high",
        ),
    ]);
}

#[test]
fn updates_of_others() {
    check_updates(vec![
        (
            "kubernetes_deployment",
            json!({"spec": [{"replicas": "2"}]}),
            json!({"spec": [{"replicas": "4"}]}),
            "low",
        ),
        (
            "kubernetes_deployment",
            json!({"spec": [{"image": "a:1"}]}),
            json!({"spec": [{"image": "a:2"}]}),
            "medium",
        ),
        (
            "kubernetes_horizontal_pod_autoscaler_v2",
            json!({"spec": [{"max_replicas": 2}]}),
            json!({"spec": [{"max_replicas": 4}]}),
            "medium",
        ),
        (
            "kubernetes_network_policy",
            json!({"spec": [{"ingress": []}]}),
            json!({"spec": [{"ingress": [1]}]}),
            "medium",
        ),
        (
            "kubernetes_secret",
            json!({"metadata": [{"namespace": "staging", "name": "x"}], "type": "a"}),
            json!({"metadata": [{"namespace": "staging", "name": "x"}], "type": "b"}),
            "medium",
        ),
        (
            "kubernetes_manifest",
            json!({"manifest": {"kind": "Secret", "metadata": {"name": "prod-x"}, "v": 1}}),
            json!({"manifest": {"kind": "Secret", "metadata": {"name": "prod-x"}, "v": 2}}),
            "high",
        ),
        (
            "helm_release",
            json!({"version": "1"}),
            json!({"version": "2"}),
            "medium",
        ),
        (
            "github_branch_protection",
            json!({"enforce_admins": true}),
            json!({"enforce_admins": false}),
            "medium",
        ),
        (
            "cloudflare_record",
            json!({"value": "1"}),
            json!({"value": "2"}),
            "medium",
        ),
        (
            "postgresql_role",
            json!({"login": false}),
            json!({"login": true}),
            "medium",
        ),
        (
            "postgresql_database",
            json!({"owner": "a"}),
            json!({"owner": "b"}),
            "high",
        ),
        (
            "kubernetes_manifest",
            json!({"manifest": {"kind": "Cluster", "apiVersion": "postgresql.cnpg.io/v1", "spec": {"instances": 3}}}),
            json!({"manifest": {"kind": "Cluster", "apiVersion": "postgresql.cnpg.io/v1", "spec": {"instances": 4}}}),
            "high",
        ),
        (
            "kubernetes_manifest",
            json!({"manifest": {"kind": "ConfigMap", "metadata": {"labels": {"a": "1"}}}}),
            json!({"manifest": {"kind": "ConfigMap", "metadata": {"labels": {"a": "2"}}}}),
            "low",
        ),
        (
            "rabbitmq_user",
            json!({"tags": ["management"]}),
            json!({"tags": ["administrator"]}),
            "medium",
        ),
        (
            "digitalocean_firewall",
            json!({"tags": ["web"]}),
            json!({"tags": ["web", "db"]}),
            "medium",
        ),
        (
            "aws_cloudcontrolapi_resource",
            json!({"type_name": "AWS::DynamoDB::Table", "desired_state": "{}"}),
            json!({"type_name": "AWS::DynamoDB::Table", "desired_state": "{\"a\":1}"}),
            "high",
        ),
        (
            "awscc_elasticache_replication_group",
            json!({"a": 1}),
            json!({"a": 2}),
            "high",
        ),
        ("newcloud_thing", json!({"a": 1}), json!({"a": 2}), "medium"),
        (
            "newcloud_thing",
            json!({"replicas": 1}),
            json!({"replicas": 2}),
            "medium",
        ),
        (
            "newcloud_server",
            json!({"disk_size": 1}),
            json!({"disk_size": 2}),
            "low",
        ),
        (
            "newcloud_managed_postgres",
            json!({"a": 1}),
            json!({"a": 2}),
            "high",
        ),
        ("newcloud_vpc", json!({"a": 1}), json!({"a": 2}), "high"),
        (
            "null_resource",
            json!({"triggers": {"a": "1"}}),
            json!({"triggers": {"a": "2"}}),
            "medium",
        ),
    ]);
}

#[test]
fn capacity_goes_up_and_down_in_many_words() {
    let pod = |memory: &str| {
        let container =
            json!([{"image": "a:1", "resources": [{"limits": {"cpu": "500m", "memory": memory}}]}]);
        json!({"spec": [{"template": [{"spec": [{"container": container}]}]}]})
    };
    let run = |memory: &str| {
        let containers = json!([{"image": "a:1", "resources": [{"limits": {"memory": memory}}]}]);
        json!({"template": [{"containers": containers}]})
    };
    let limit = |cores: u8| json!({"cluster_autoscaling": [{"resource_limits": [{"maximum": cores}]}]});
    let vcpus = |count: u8| json!({"compute_resources": [{"max_vcpus": count}]});
    let app = |cores: f64| json!({"template": [{"container": [{"cpu": cores, "memory": "1Gi"}]}]});
    let build = |size: &str| json!({"environment": [{"compute_type": format!("BUILD_GENERAL1_{size}")}]});
    check_updates(vec![
        ("aws_batch_compute_environment", vcpus(4), vcpus(16), "low"),
        ("aws_batch_compute_environment", vcpus(16), vcpus(4), "medium"),
        ("aws_codebuild_project", build("SMALL"), build("LARGE"), "low"),
        ("aws_codebuild_project", build("LARGE"), build("SMALL"), "medium"),
        (
            "aws_dms_replication_instance",
            json!({"replication_instance_class": "dms.t3.medium"}),
            json!({"replication_instance_class": "dms.t3.large"}),
            "low",
        ),
        (
            "aws_glue_job",
            json!({"worker_type": "G.1X", "number_of_workers": 2}),
            json!({"worker_type": "G.2X", "number_of_workers": 4}),
            "low",
        ),
        (
            "aws_mwaa_environment",
            json!({"environment_class": "mw1.medium"}),
            json!({"environment_class": "mw1.small"}),
            "medium",
        ),
        (
            "aws_spot_fleet_request",
            json!({"target_capacity": 2}),
            json!({"target_capacity": 5}),
            "low",
        ),
        (
            "aws_ecs_capacity_provider",
            json!({"auto_scaling_group_provider": [{"managed_scaling": [{"target_capacity": 80}]}]}),
            json!({"auto_scaling_group_provider": [{"managed_scaling": [{"target_capacity": 100}]}]}),
            "medium",
        ),
        (
            "azurerm_api_management",
            json!({"sku_name": "Premium_1"}),
            json!({"sku_name": "Premium_2"}),
            "low",
        ),
        ("azurerm_container_app", app(0.5), app(1.0), "low"),
        ("azurerm_container_app", app(1.0), app(0.5), "medium"),
        (
            "azurerm_managed_disk",
            json!({"disk_iops_read_write": 3000}),
            json!({"disk_iops_read_write": 6000}),
            "low",
        ),
        (
            "azurerm_orchestrated_virtual_machine_scale_set",
            json!({"sku_name": "Standard_D2s_v5"}),
            json!({"sku_name": "Standard_D4s_v5"}),
            "low",
        ),
        ("google_cloud_run_v2_service", run("512Mi"), run("1Gi"), "low"),
        ("google_cloud_run_v2_service", run("1Gi"), run("512Mi"), "medium"),
        (
            "google_compute_disk",
            json!({"provisioned_iops": 3000}),
            json!({"provisioned_iops": 6000}),
            "low",
        ),
        ("google_container_cluster", limit(16), limit(64), "low"),
        ("kubernetes_deployment_v1", pod("256Mi"), pod("512Mi"), "low"),
        ("kubernetes_deployment_v1", pod("512Mi"), pod("256Mi"), "medium"),
    ]);
}

#[test]
fn more_monitoring_is_low_and_less_is_not() {
    let setting = |value: &str| json!({"setting": [{"name": "containerInsights", "value": value}]});
    let tracing = |mode: &str| json!({"tracing_config": [{"mode": mode}]});
    let logs = |types: &[&str]| json!({"enabled_cluster_log_types": types});
    let agent = json!([{"log_analytics_workspace_id": "/w"}]);
    check_updates(vec![
        ("aws_ecs_cluster", setting("disabled"), setting("enabled"), "low"),
        (
            "aws_ecs_cluster",
            setting("enabled"),
            setting("disabled"),
            "medium",
        ),
        ("aws_eks_cluster", logs(&["api"]), logs(&["api", "audit"]), "low"),
        (
            "aws_eks_cluster",
            logs(&["api", "audit"]),
            logs(&["api"]),
            "medium",
        ),
        ("aws_eks_cluster", logs(&["api"]), logs(&["audit"]), "medium"),
        (
            "aws_lambda_function",
            tracing("PassThrough"),
            tracing("Active"),
            "low",
        ),
        (
            "aws_lambda_function",
            tracing("Active"),
            tracing("PassThrough"),
            "medium",
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"oms_agent": []}),
            json!({"oms_agent": agent}),
            "low",
        ),
        (
            "azurerm_kubernetes_cluster",
            json!({"oms_agent": agent}),
            json!({"oms_agent": []}),
            "medium",
        ),
        (
            "aws_autoscaling_group",
            json!({"enabled_metrics": []}),
            json!({"enabled_metrics": ["GroupInServiceInstances"]}),
            "low",
        ),
        (
            "aws_instance",
            json!({"monitoring": false, "instance_type": "t3.small", "tags": {}}),
            json!({"monitoring": true, "instance_type": "t3.large", "tags": {"a": "b"}}),
            "low",
        ),
        (
            "aws_instance",
            json!({"monitoring": false, "instance_type": "t3.large"}),
            json!({"monitoring": true, "instance_type": "t3.small"}),
            "medium",
        ),
    ]);
}

#[test]
fn a_new_block_that_monitors_counts_with_what_the_provider_works_out_in_it() {
    let found = plan(
        vec![entry(
            "azurerm_kubernetes_cluster.k",
            &["update"],
            json!({"oms_agent": []}),
            json!({"oms_agent": [{"log_analytics_workspace_id": "/w"}]}),
            json!({"oms_agent": [{"oms_agent_identity": true}]}),
        )],
        json!([{"type": "azurerm_kubernetes_cluster", "name": "k", "expressions": {"oms_agent": [{}]}}]),
    );
    assert_eq!(
        found.reasons[0].text,
        "updates azurerm_kubernetes_cluster.k: more monitoring"
    );
}

#[test]
fn labels_of_nodes_are_no_tags() {
    check_updates(vec![
        (
            "aws_eks_node_group",
            json!({"labels": {"pool": "a"}}),
            json!({"labels": {"pool": "b"}}),
            "medium",
        ),
        (
            "aws_eks_node_group",
            json!({"tags": {"pool": "a"}}),
            json!({"tags": {"pool": "b"}}),
            "low",
        ),
    ]);
}

#[test]
fn what_providers_fill_in_hides_nothing_and_adds_nothing() {
    let change = |after: Value, unknown: Value, expressions: Value| {
        let before = json!({"name": "t", "tags": {"a": "1"}, "route": []});
        let table = entry("aws_route_table.t", &["update"], before, after, unknown);
        let resource = json!([{"type": "aws_route_table", "name": "t", "expressions": expressions}]);
        class(&plan(vec![table], resource))
    };
    let named = json!({"name": {"constant_value": "t"}, "tags": {"constant_value": {}}});
    let tagged = |more: Value| {
        let mut after = json!({"name": "t", "tags": {"a": "2"}, "route": []});
        after
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        after
    };
    assert_eq!(change(tagged(json!({})), json!({}), named.clone()), "low");
    let with_default = tagged(json!({"region": "eu-west-1", "force_destroy": false, "description": ""}));
    assert_eq!(
        change(with_default.clone(), json!({}), named.clone()),
        "low",
        "defaults of a newer provider"
    );
    let set = json!({"name": {}, "tags": {}, "force_destroy": {"constant_value": false}});
    assert_eq!(
        change(with_default, json!({}), set),
        "high",
        "somebody set one of them"
    );
    let of_dynamic = tagged(json!({"route": [{"cidr_block": "10.0.0.0/8"}]}));
    let unknown = json!({"route": [{"gateway_id": true}]});
    assert_eq!(
        change(of_dynamic, unknown, named),
        "high",
        "`dynamic` blocks are not in the configuration"
    );
}

#[test]
fn new_objects_are_low_unless_they_touch_what_exists() {
    check_creates(vec![
        ("aws_s3_bucket", json!({"bucket": "b"}), "low"),
        ("aws_db_instance", json!({"identifier": "d"}), "low"),
        ("aws_vpc", json!({"cidr_block": "10.0.0.0/16"}), "low"),
        ("aws_cloudwatch_metric_alarm", json!({"alarm_name": "a"}), "low"),
        ("aws_security_group", json!({"vpc_id": "vpc-1"}), "low"),
        ("aws_iam_role", json!({"name": "r"}), "low"),
        (
            "aws_security_group_rule",
            json!({"security_group_id": "sg-1"}),
            "medium",
        ),
        (
            "aws_vpc_security_group_ingress_rule",
            json!({"security_group_id": "sg-1"}),
            "medium",
        ),
        (
            "aws_iam_role_policy_attachment",
            json!({"role": "admin", "policy_arn": "arn:aws:iam::aws:policy/X"}),
            "medium",
        ),
        ("aws_iam_access_key", json!({"user": "ci"}), "medium"),
        ("aws_lambda_permission", json!({"function_name": "f"}), "medium"),
        ("aws_s3_bucket_policy", json!({"bucket": "b"}), "medium"),
        ("aws_s3_bucket_object", json!({"bucket": "b", "key": "k"}), "low"),
        ("aws_route", json!({"route_table_id": "rtb-1"}), "high"),
        (
            "aws_route_table_association",
            json!({"route_table_id": "rtb-1", "subnet_id": "s"}),
            "high",
        ),
        (
            "aws_vpc_peering_connection",
            json!({"vpc_id": "a", "peer_vpc_id": "b"}),
            "high",
        ),
        ("aws_default_security_group", json!({"vpc_id": "vpc-1"}), "medium"),
        ("aws_default_vpc", json!({}), "high"),
        (
            "aws_vpc_endpoint",
            json!({"vpc_id": "vpc-1", "vpc_endpoint_type": "Interface"}),
            "low",
        ),
        (
            "aws_vpc_endpoint",
            json!({"vpc_id": "vpc-1", "route_table_ids": ["rtb-1"]}),
            "high",
        ),
        ("aws_secretsmanager_secret", json!({"name": "prod/api"}), "high"),
        ("aws_secretsmanager_secret", json!({"name": "api"}), "low"),
        (
            "azurerm_network_security_rule",
            json!({"name": "r", "network_security_group_name": "nsg"}),
            "medium",
        ),
        (
            "azurerm_role_assignment",
            json!({"scope": "/subscriptions/1"}),
            "medium",
        ),
        (
            "azurerm_virtual_network_peering",
            json!({"virtual_network_name": "v", "remote_virtual_network_id": "w"}),
            "high",
        ),
        ("azurerm_route", json!({"route_table_name": "t"}), "high"),
        ("azurerm_mssql_firewall_rule", json!({"server_id": "/s"}), "high"),
        (
            "azurerm_key_vault_access_policy",
            json!({"key_vault_id": "/kv"}),
            "medium",
        ),
        ("azurerm_subnet", json!({"virtual_network_name": "v"}), "low"),
        (
            "azurerm_subnet_service_endpoint_storage_policy",
            json!({"name": "p"}),
            "low",
        ),
        (
            "google_compute_service_attachment",
            json!({"name": "s", "target_service": "t"}),
            "low",
        ),
        (
            "google_project_iam_member",
            json!({"role": "roles/owner"}),
            "medium",
        ),
        (
            "google_project_iam_member",
            json!({"project": "p", "role": "roles/owner"}),
            "medium",
        ),
        (
            "google_storage_bucket_iam_member",
            json!({"bucket": "b"}),
            "medium",
        ),
        ("google_compute_firewall", json!({"network": "default"}), "medium"),
        ("google_compute_route", json!({"network": "default"}), "high"),
        ("google_compute_instance", json!({"name": "vm"}), "low"),
        (
            "google_project_service",
            json!({"service": "compute.googleapis.com"}),
            "low",
        ),
        (
            "kubernetes_cluster_role_binding",
            json!({"role_ref": [{"name": "cluster-admin"}]}),
            "medium",
        ),
        (
            "github_branch_protection",
            json!({"repository_id": "r"}),
            "medium",
        ),
        ("newcloud_thing", json!({"name": "n"}), "low"),
        ("newcloud_firewall_rule", json!({"firewall_id": "f"}), "medium"),
        ("newcloud_disk_attachment", json!({"server_id": "1"}), "medium"),
        ("newcloud_route", json!({"network_id": "1"}), "high"),
    ]);
}

#[test]
fn new_parts_of_what_exists_are_changes_of_it() {
    check_creates(vec![
        (
            "aws_vpc_security_group_rules_exclusive",
            json!({"security_group_id": "sg-1"}),
            "medium",
        ),
        ("aws_vpc_block_public_access_options", json!({}), "high"),
        ("azurerm_mssql_failover_group", json!({"server_id": "/s"}), "high"),
        (
            "google_bigtable_gc_policy",
            json!({"table": "t", "instance_name": "i"}),
            "high",
        ),
        (
            "digitalocean_database_firewall",
            json!({"cluster_id": "c"}),
            "high",
        ),
        (
            "azurerm_express_route_circuit_connection",
            json!({"peering_id": "/p"}),
            "high",
        ),
        (
            "aws_msk_cluster_policy",
            json!({"cluster_arn": "arn:c"}),
            "medium",
        ),
        (
            "azurerm_api_management_api_policy",
            json!({"api_name": "a"}),
            "medium",
        ),
        (
            "google_storage_hmac_key",
            json!({"service_account_email": "a@x"}),
            "medium",
        ),
        (
            "kubernetes_horizontal_pod_autoscaler_v2",
            json!({"spec": [{"scale_target_ref": [{"kind": "Deployment", "name": "api"}]}]}),
            "medium",
        ),
        (
            "newcloud_backup_plan_association",
            json!({"backup_plan_association_id": "its-own"}),
            "low",
        ),
        (
            "aws_vpc_route_server_propagation",
            json!({"route_table_id": "rtb-1"}),
            "high",
        ),
        (
            "aws_s3tables_table_bucket_policy",
            json!({"table_bucket_arn": "arn:b"}),
            "medium",
        ),
        ("aws_ecr_registry_policy", json!({"policy": "{}"}), "medium"),
        ("aws_glue_resource_policy", json!({"policy": "{}"}), "medium"),
        (
            "aws_iam_group_policies_exclusive",
            json!({"group_name": "g"}),
            "medium",
        ),
        (
            "aws_vpc_endpoint_policy",
            json!({"vpc_endpoint_id": "vpce-1"}),
            "medium",
        ),
        ("aws_ec2_tag", json!({"resource_id": "subnet-1"}), "low"),
        (
            "azapi_update_resource",
            json!({"type": "Microsoft.Sql/servers@2023-08-01", "resource_id": "/s"}),
            "high",
        ),
        (
            "azapi_resource_action",
            json!({"type": "Microsoft.Web/sites@2023-12-01", "resource_id": "/s"}),
            "medium",
        ),
        (
            "azapi_resource",
            json!({"type": "Microsoft.Web/sites@2023-12-01", "parent_id": "/g"}),
            "low",
        ),
        (
            "azurerm_mongo_cluster_firewall_rule",
            json!({"mongo_cluster_id": "/c"}),
            "high",
        ),
        (
            "azurerm_managed_redis_access_policy_assignment",
            json!({"managed_redis_id": "/r"}),
            "medium",
        ),
        (
            "azuread_application_redirect_uris",
            json!({"application_id": "/a"}),
            "medium",
        ),
        (
            "azurerm_network_manager_deployment",
            json!({"network_manager_id": "/n"}),
            "high",
        ),
        ("google_iam_deny_policy", json!({"parent": "x"}), "medium"),
        (
            "google_compute_security_policy_rule",
            json!({"security_policy": "p"}),
            "medium",
        ),
        (
            "google_data_catalog_taxonomy_iam_member",
            json!({"taxonomy": "t"}),
            "medium",
        ),
        (
            "github_membership",
            json!({"username": "u", "role": "admin"}),
            "medium",
        ),
        ("github_organization_ruleset", json!({"name": "r"}), "medium"),
        (
            "gitlab_project_job_token_scope",
            json!({"project": "1"}),
            "medium",
        ),
        ("cloudflare_bot_management", json!({"zone_id": "z"}), "medium"),
        (
            "aws_rds_instance_state",
            json!({"identifier": "d", "state": "stopped"}),
            "high",
        ),
        (
            "aws_ami_launch_permission",
            json!({"image_id": "ami-1"}),
            "medium",
        ),
        ("aws_vpclattice_auth_policy", json!({"policy": "{}"}), "medium"),
        (
            "aws_route53_resolver_firewall_rule",
            json!({"firewall_rule_group_id": "g"}),
            "high",
        ),
        ("awscc_ec2_route", json!({"route_table_id": "rtb-1"}), "high"),
        (
            "awscc_ec2_subnet_route_table_association",
            json!({"route_table_id": "rtb-1", "subnet_id": "subnet-1"}),
            "high",
        ),
        (
            "awscc_ec2_security_group_ingress",
            json!({"group_id": "sg-1"}),
            "medium",
        ),
        (
            "aws_cloudcontrolapi_resource",
            json!({"type_name": "AWS::EC2::VPCGatewayAttachment", "desired_state": "{}"}),
            "high",
        ),
        (
            "azurerm_virtual_machine_run_command",
            json!({"virtual_machine_id": "/vm"}),
            "medium",
        ),
        (
            "azurerm_mssql_managed_instance_active_directory_administrator",
            json!({"managed_instance_id": "/i"}),
            "high",
        ),
        (
            "azurerm_network_manager_static_member",
            json!({"network_group_id": "/g"}),
            "high",
        ),
        ("azurerm_web_app_active_slot", json!({"slot_id": "/s"}), "medium"),
        (
            "azurerm_monitor_data_collection_rule_association",
            json!({"target_resource_id": "/vm"}),
            "low",
        ),
        ("newcloud_grants", json!({"privileges": ["ALL"]}), "medium"),
        (
            "newcloud_disk_attachment",
            json!({"disk_identifier": "d"}),
            "medium",
        ),
    ]);
}

#[test]
fn new_secrets_say_where_they_belong() {
    check_creates(vec![
        (
            "google_composer_user_workloads_secret",
            json!({"name": "prod-db"}),
            "high",
        ),
        ("vault_generic_secret", json!({"path": "secret/prod/db"}), "high"),
        (
            "vault_kv_secret_v2",
            json!({"mount": "kv-prod", "name": "db"}),
            "high",
        ),
        (
            "gitlab_project_variable",
            json!({"key": "K", "masked": true, "environment_scope": "production"}),
            "high",
        ),
        (
            "kubernetes_manifest",
            json!({"manifest": {"kind": "Secret", "metadata": {"name": "db", "namespace": "production"}}}),
            "high",
        ),
        (
            "kubernetes_manifest",
            json!({"manifest": {"kind": "Secret", "metadata": {"name": "db", "namespace": "shop"}}}),
            "low",
        ),
    ]);
}

#[test]
fn what_the_provider_works_out_points_to_nothing_new() {
    let member = entry(
        "google_gke_hub_feature_iam_member.m",
        &["create"],
        Value::Null,
        json!({"role": "r", "member": "user:a"}),
        json!({"id": true, "project": true}),
    );
    let expressions = json!({"role": {"constant_value": "r"}, "member": {"constant_value": "user:a"}});
    let configuration =
        json!([{"type": "google_gke_hub_feature_iam_member", "name": "m", "expressions": expressions}]);
    assert_eq!(class(&plan(vec![member], configuration)), "medium");
}

#[test]
fn whatever_destroys_is_high() {
    for resource_type in [
        "aws_instance",
        "null_resource",
        "newcloud_thing",
        "aws_iam_role_policy_attachment",
    ] {
        for actions in [
            &["delete"][..],
            &["delete", "create"],
            &["create", "delete"],
            &["explode"],
        ] {
            let address = format!("{resource_type}.x");
            let found = plan(
                vec![entry(&address, actions, json!({"a": 1}), Value::Null, json!({}))],
                json!([]),
            );
            assert_eq!(class(&found), "high", "{resource_type} {actions:?}");
            assert!(
                found.reasons[0]
                    .functions
                    .iter()
                    .any(|function| function.as_str() == "devops-lead")
            );
        }
    }
}

/// A rule that refers to `aws_security_group.g`, whose entry does `action`.
fn rule_on_group(action: &str, known: bool) -> Inspection {
    let id = if known { json!("sg-1") } else { Value::Null };
    let group_before = if action == "create" {
        Value::Null
    } else {
        json!({"id": "sg-1"})
    };
    plan(
        vec![
            entry(
                "aws_security_group.g",
                &[action],
                group_before,
                json!({"name": "g"}),
                json!({"id": !known}),
            ),
            entry(
                "aws_security_group_rule.r",
                &["create"],
                Value::Null,
                json!({"security_group_id": id}),
                json!({"security_group_id": !known}),
            ),
        ],
        json!([
            {"mode": "managed", "type": "aws_security_group", "name": "g"},
            {"mode": "managed", "type": "aws_security_group_rule", "name": "r",
             "expressions": {"security_group_id": {"references": ["aws_security_group.g.id", "aws_security_group.g"]}}},
        ]),
    )
}

#[test]
fn the_configuration_tells_whether_a_parent_exists() {
    assert_eq!(class(&rule_on_group("create", false)), "low");
    let existing = rule_on_group("no-op", true);
    assert_eq!(class(&existing), "medium");
    assert!(
        existing.reasons[0].text.contains("aws_security_group.g"),
        "{}",
        existing.reasons[0].text
    );
}

#[test]
fn a_name_known_before_the_thing_exists_is_not_held_to_exist() {
    let entries = |group: &str| {
        vec![
            entry(
                "azurerm_network_security_group.g",
                &["create"],
                Value::Null,
                json!({"name": "nsg"}),
                json!({}),
            ),
            entry(
                "azurerm_network_security_rule.r",
                &["create"],
                Value::Null,
                json!({"network_security_group_name": group}),
                json!({}),
            ),
        ]
    };
    assert_eq!(class(&plan(entries("nsg"), json!([]))), "low");
    assert_eq!(class(&plan(entries("other"), json!([]))), "medium");
}

#[test]
fn an_app_is_called_by_another_name_by_what_is_attached_to_it() {
    let entries = |app: &str| {
        let site = json!({"name": "shop"});
        let binding = json!({"app_service_name": app, "hostname": "shop.example.com"});
        let address = "azurerm_app_service_custom_hostname_binding.b";
        vec![
            entry(
                "azurerm_linux_web_app.a",
                &["create"],
                Value::Null,
                site,
                json!({}),
            ),
            entry(address, &["create"], Value::Null, binding, json!({})),
        ]
    };
    assert_eq!(class(&plan(entries("shop"), json!([]))), "low");
    assert_eq!(class(&plan(entries("other"), json!([]))), "medium");
}

#[test]
fn values_that_the_provider_works_out_do_not_hide_what_a_person_did() {
    let change = |configuration| {
        let before = json!({"instance_type": "t3.small", "public_dns": "a", "host": "h"});
        let after = json!({"instance_type": "t3.large", "public_dns": null, "host": null});
        let unknown = json!({"public_dns": true, "host": true});
        class(&plan(
            vec![entry("aws_instance.x", &["update"], before, after, unknown)],
            configuration,
        ))
    };
    let resource = |expressions: Value| json!([{"mode": "managed", "type": "aws_instance", "name": "x", "expressions": expressions}]);
    assert_eq!(
        change(resource(json!({"instance_type": {"constant_value": "t3.large"}}))),
        "low"
    );
    let set = json!({"instance_type": {"constant_value": "t3.large"}, "host": {"references": ["aws_x.y"]}});
    assert_eq!(change(resource(set)), "medium");
    assert_eq!(
        change(json!([])),
        "medium",
        "without a configuration only bookkeeping is left out"
    );
}

#[test]
fn what_only_moves_or_comes_under_management_is_low() {
    let moved = json!({"address": "aws_db_instance.b", "previous_address": "aws_db_instance.a", "type": "aws_db_instance",
        "name": "b", "change": {"actions": ["no-op"], "before": {}, "after": {}}});
    let imported = json!({"address": "aws_vpc.b", "type": "aws_vpc", "name": "b",
        "change": {"actions": ["no-op"], "before": {}, "after": {}, "importing": {"id": "vpc-1"}}});
    let found = plan(vec![moved, imported], json!([]));
    assert_eq!(
        (class(&found).as_str(), found.summary.import, found.summary.moved),
        ("low", 1, 1)
    );
    assert!(found.blast_radius.is_new_resources_only());
}

#[test]
fn blast_radius_counts_who_depends_on_what_is_touched() {
    let still = |address: &str| entry(address, &["no-op"], json!({}), json!({}), json!({}));
    let references = |to: &str| json!({"v": {"references": [to]}});
    let found = plan(
        vec![
            entry(
                "aws_vpc.v",
                &["update"],
                json!({"a": 1}),
                json!({"a": 2}),
                json!({}),
            ),
            entry("aws_subnet.new", &["create"], Value::Null, json!({}), json!({})),
            still("aws_subnet.s[0]"),
            still("aws_subnet.s[1]"),
            still("aws_eip.unrelated"),
        ],
        json!([
            {"type": "aws_vpc", "name": "v"},
            {"type": "aws_subnet", "name": "s", "expressions": references("aws_vpc.v.id")},
            {"type": "aws_subnet", "name": "new", "expressions": references("aws_vpc.v.id")},
            {"type": "aws_eip", "name": "unrelated"},
        ]),
    );
    assert_eq!(
        found.blast_radius.to_string(),
        "1 existing altered, 0 destroyed, 2 depending on those"
    );
    assert_eq!(
        found.effects[0].dependents,
        ["aws_subnet.s[0]", "aws_subnet.s[1]"]
    );
}

#[test]
fn secrets_of_production_are_told_by_variables_as_well() {
    let secret = entry(
        "aws_secretsmanager_secret.s",
        &["create"],
        Value::Null,
        json!({"name": "api"}),
        json!({}),
    );
    let plan = |environment: &str| {
        let plan =
            json!({"variables": {"environment": {"value": environment}}, "resource_changes": [secret]});
        class(&inspect(plan.to_string().as_bytes()).unwrap())
    };
    assert_eq!(
        (plan("production").as_str(), plan("dev").as_str()),
        ("high", "low")
    );
}

#[test]
fn secrets_that_no_provider_marks_are_hidden() {
    let secret = |value: &str| json!({"manifest": {"kind": "Secret", "data": {"key": value}}, "user": "u", "url": format!("amqp://u:{value}@h")});
    let found = plan(
        vec![entry(
            "kubernetes_manifest.x",
            &["update"],
            secret("b25l"),
            secret("dHdv"),
            json!({}),
        )],
        json!([]),
    );
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains("b25l") && !text.contains("dHdv"), "{text}");
    assert_eq!(found.effects[0].attributes.len(), 2);
}

#[test]
fn of_objects_that_exist_and_objects_that_are_made_the_name_decides() {
    let rule_on = |name: &str| {
        let group = |key: &str, action: &str| {
            let before = if action == "create" {
                Value::Null
            } else {
                json!({"name": key})
            };
            let address = format!("azurerm_network_security_group.g[\"{key}\"]");
            entry(&address, &[action], before, json!({"name": key}), json!({}))
        };
        let rule = json!({"network_security_group_name": name});
        let references = json!({"references": ["azurerm_network_security_group.g", "each.key"]});
        let found = plan(
            vec![
                group("old", "no-op"),
                group("new", "create"),
                entry(
                    "azurerm_network_security_rule.r",
                    &["create"],
                    Value::Null,
                    rule,
                    json!({}),
                ),
            ],
            json!([{"type": "azurerm_network_security_rule", "name": "r",
                "expressions": {"network_security_group_name": references}}]),
        );
        class(&found)
    };
    assert_eq!(
        (rule_on("old").as_str(), rule_on("new").as_str()),
        ("medium", "low")
    );
}

/// The reason of the only entry.
fn told(resource_type: &str, actions: &[&str], before: Value, after: Value) -> String {
    let address = format!("{resource_type}.x");
    let found = plan(
        vec![entry(&address, actions, before, after, json!({}))],
        json!([]),
    );
    found.reasons[0].text.split_once(": ").unwrap().1.to_owned()
}

#[test]
fn reasons_say_what_is_new_and_what_stays_the_same() {
    for (resource_type, after, expected) in [
        (
            "google_sql_database",
            json!({"instance": "main"}),
            "new database, part of main",
        ),
        (
            "azurerm_subnet",
            json!({"virtual_network_name": "hub"}),
            "new network, part of hub",
        ),
        (
            "aws_rds_cluster",
            json!({"cluster_identifier": "main"}),
            "new database, touches nothing that exists",
        ),
    ] {
        assert_eq!(told(resource_type, &["create"], Value::Null, after), expected);
    }
    let policy = |text: &str| json!({"policy": text});
    for (after, expected) in [
        (
            r#"{"b": 2, "a": 1}"#,
            "identity and access, the same content, written in another way",
        ),
        (r#"{"b": 2, "a": 3}"#, "identity and access"),
    ] {
        let before = policy(r#"{"a": 1, "b": 2}"#);
        assert_eq!(
            told("aws_iam_policy", &["update"], before, policy(after)),
            expected
        );
    }
}

#[test]
fn of_what_comes_from_outside_and_what_is_made_the_known_name_decides() {
    let route_in = |table: &str| {
        let entries = vec![
            entry(
                "azurerm_route_table.t[0]",
                &["create"],
                Value::Null,
                json!({"name": "new"}),
                json!({"id": true}),
            ),
            entry(
                "azurerm_route.r",
                &["create"],
                Value::Null,
                json!({"route_table_name": table}),
                json!({"id": true}),
            ),
        ];
        let references =
            json!({"references": ["var.table", "azurerm_route_table.t[0].name", "azurerm_route_table.t"]});
        let resource =
            json!({"type": "azurerm_route", "name": "r", "expressions": {"route_table_name": references}});
        plan(entries, json!([resource]))
    };
    assert_eq!(class(&route_in("new")), "low");
    let existing = route_in("hub");
    assert_eq!(class(&existing), "high");
    assert!(
        existing.reasons[0].text.contains("route_table_name hub"),
        "{}",
        existing.reasons[0].text
    );
}
