//! Kubernetes, Helm and GitHub, and the doors of other services.

use super::*;

/// A container that nothing is wrong with, but for these settings.
fn container(settings: &Value) -> Value {
    let mut container = json!({"name": "shop", "image": "registry.example.com/shop:1.4.2",
        "resources": [{"limits": {"memory": "128Mi"}}]});
    for (key, value) in settings.as_object().unwrap() {
        container[key] = value.clone();
    }
    container
}

/// What is found in a deployment whose only container has these settings, and whose pods have those.
fn deployed(settings: Value, pod: Value) -> Vec<String> {
    let mut spec = json!({"container": [container(&settings)]});
    for (key, value) in pod.as_object().unwrap() {
        spec[key] = value.clone();
    }
    created(
        "kubernetes_deployment_v1",
        json!({"spec": [{"template": [{"spec": [spec]}]}]}),
    )
}

#[test]
fn containers() {
    assert!(deployed(json!({}), json!({})).is_empty());
    for (settings, expected) in [
        (
            json!({"security_context": [{"privileged": true}]}),
            "kubernetes-privileged-container",
        ),
        (
            json!({"security_context": [{"capabilities": [{"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}]}]}),
            "kubernetes-dangerous-capability",
        ),
        (
            json!({"security_context": [{"capabilities": [{"add": ["CAP_SYS_PTRACE"]}]}]}),
            "kubernetes-dangerous-capability",
        ),
        (
            json!({"security_context": [{"run_as_user": "0"}]}),
            "kubernetes-root-user",
        ),
        (json!({"resources": []}), "kubernetes-no-memory-limit"),
        (
            json!({"resources": [{"limits": {"cpu": "1"}}]}),
            "kubernetes-no-memory-limit",
        ),
        (json!({"image": "nginx"}), "kubernetes-latest-image"),
        (
            json!({"image": "registry.example.com:5000/nginx:latest"}),
            "kubernetes-latest-image",
        ),
    ] {
        assert_eq!(deployed(settings.clone(), json!({})), [expected], "{settings}");
    }
    for settings in [
        json!({"security_context": [{"privileged": false, "run_as_user": "1000",
            "capabilities": [{"add": ["NET_BIND_SERVICE"], "drop": ["ALL"]}]}]}),
        json!({"image": format!("nginx@sha256:{}", "0".repeat(64))}),
        json!({"image": "registry.example.com:5000/nginx:1.27"}),
    ] {
        assert!(deployed(settings.clone(), json!({})).is_empty(), "{settings}");
    }
}

#[test]
fn limits_that_the_provider_fills_in_are_not_set() {
    let place = "spec[0].template[0].spec[0].container[0]";
    let with_unknown = |path: &str| {
        let mut made = effect("kubernetes_deployment", Action::Create, &json!({}));
        made.attributes = vec![
            change(
                &format!("{place}.image"),
                AttributeValue::Known(json!("nginx:1.27")),
            ),
            change(&format!("{place}.{path}"), AttributeValue::Unknown),
        ];
        rules_of(&[made], STAGING)
    };
    assert_eq!(with_unknown("resources"), ["kubernetes-no-memory-limit"]);
    assert!(with_unknown("resources[0].limits").is_empty());
}

#[test]
fn pods() {
    for (pod, expected) in [
        (json!({"host_network": true}), vec!["kubernetes-host-namespace"]),
        (json!({"host_pid": true}), vec!["kubernetes-host-namespace"]),
        (json!({"host_ipc": true}), vec!["kubernetes-host-namespace"]),
        (
            json!({"host_network": false, "host_pid": false, "host_ipc": false}),
            vec![],
        ),
        (
            json!({"security_context": [{"run_as_user": "0"}]}),
            vec!["kubernetes-root-user"],
        ),
        (
            json!({"security_context": [{"run_as_non_root": false}]}),
            vec!["kubernetes-root-user"],
        ),
        (
            json!({"security_context": [{"run_as_non_root": true, "run_as_user": "65534"}]}),
            vec![],
        ),
        (
            json!({"init_container": [{"name": "prepare", "image": "busybox:1.36", "security_context": [{"privileged": true}]}]}),
            vec!["kubernetes-privileged-container"],
        ),
    ] {
        assert_eq!(deployed(json!({}), pod.clone()), expected, "{pod}");
    }
    let user_of_its_own = json!({"security_context": [{"run_as_user": "1000"}]});
    let root = json!({"security_context": [{"run_as_user": "0"}]});
    assert!(deployed(user_of_its_own, root).is_empty());
}

#[test]
fn folders_of_the_node() {
    for (folder, expected) in [
        ("/", "kubernetes-host-system-folder"),
        ("/var/run/docker.sock", "kubernetes-host-system-folder"),
        ("/etc/", "kubernetes-host-system-folder"),
        ("/var", "kubernetes-host-system-folder"),
        ("/var/log", "kubernetes-host-folder"),
        ("/etcetera", "kubernetes-host-folder"),
    ] {
        let pod = json!({"volume": [{"name": "v", "host_path": [{"path": folder}]}]});
        assert_eq!(deployed(json!({}), pod), [expected], "{folder}");
    }
    let own = json!({"volume": [{"name": "v", "empty_dir": [{}]}]});
    assert!(deployed(json!({}), own).is_empty());
}

#[test]
fn workloads_of_every_kind() {
    let spec = json!([{"host_pid": true}]);
    let template = json!([{"template": [{"spec": spec}]}]);
    for (kind, spec) in [
        ("kubernetes_pod", spec),
        ("kubernetes_daemonset", template.clone()),
        ("kubernetes_daemon_set_v1", template.clone()),
        ("kubernetes_stateful_set", template.clone()),
        ("kubernetes_replication_controller_v1", template.clone()),
        ("kubernetes_job", template.clone()),
        (
            "kubernetes_cron_job_v1",
            json!([{"job_template": [{"spec": template}]}]),
        ),
    ] {
        let found = created(kind, json!({"spec": spec}));
        assert_eq!(found, ["kubernetes-host-namespace"], "{kind}");
    }
    let elsewhere = json!({"spec": [{"host_pid": true}]});
    for kind in ["kubernetes_config_map", "kubernetes_", "kubernetes_é_é_v1"] {
        assert!(created(kind, elsewhere.clone()).is_empty(), "{kind}");
    }
}

#[test]
fn manifests_are_spelt_as_kubernetes_spells_them() {
    let manifest = |manifest: Value| created("kubernetes_manifest", json!({"manifest": manifest}));
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"template": {"spec": {
        "hostPID": true, "hostNetwork": true, "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
        "initContainers": [{"name": "i", "image": "busybox"}],
        "containers": [{"name": "c", "image": "nginx:1.27", "securityContext":
            {"privileged": true, "runAsUser": 0, "capabilities": {"add": ["ALL"]}}}]}}}});
    let found: BTreeSet<String> = manifest(deployment).into_iter().collect();
    let expected = [
        "kubernetes-dangerous-capability",
        "kubernetes-host-namespace",
        "kubernetes-host-system-folder",
        "kubernetes-latest-image",
        "kubernetes-no-memory-limit",
        "kubernetes-privileged-container",
        "kubernetes-root-user",
    ];
    assert_eq!(found, BTreeSet::from(expected.map(str::to_owned)));
    let role =
        json!({"kind": "ClusterRole", "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]});
    assert_eq!(manifest(role), ["wildcard-permissions"]);
    let binding = json!({"kind": "ClusterRoleBinding", "roleRef": {"name": "cluster-admin"},
        "subjects": [{"kind": "Group", "name": "system:authenticated"}]});
    assert_eq!(manifest(binding), ["public-member", "administrator-role"]);
    let service = json!({"kind": "Service", "spec": {"type": "LoadBalancer", "ports": [{"port": 5432}]}});
    assert_eq!(manifest(service), ["open-database-port"]);
    let altered = json!({"manifest.spec.template.spec.hostNetwork": true});
    assert_eq!(
        updated("kubernetes_manifest", altered),
        ["kubernetes-host-namespace"]
    );
    assert!(manifest(json!({"kind": "ConfigMap", "data": {"privileged": "true"}})).is_empty());
}

#[test]
fn roles_and_bindings() {
    let rule = |groups: &str, resources: &str, verbs: &str| json!({"rule": [{"api_groups": [groups], "resources": [resources], "verbs": [verbs]}]});
    for (kind, rule, expected) in [
        (
            "kubernetes_cluster_role",
            rule("*", "*", "*"),
            vec!["wildcard-permissions"],
        ),
        (
            "kubernetes_cluster_role_v1",
            rule("apps", "deployments", "*"),
            vec!["kubernetes-wildcard-verbs"],
        ),
        (
            "kubernetes_role",
            rule("*", "*", "*"),
            vec!["kubernetes-wildcard-verbs"],
        ),
        ("kubernetes_cluster_role", rule("*", "*", "get"), vec![]),
    ] {
        assert_eq!(created(kind, rule.clone()), expected, "{kind} {rule}");
    }
    let binding = |role: &str, subject: &str| {
        let binding = json!({"role_ref": [{"kind": "ClusterRole", "name": role}], "subject": [{"kind": "Group", "name": subject}]});
        created("kubernetes_cluster_role_binding_v1", binding)
    };
    assert_eq!(binding("cluster-admin", "platform"), ["administrator-role"]);
    assert_eq!(binding("view", "system:unauthenticated"), ["public-member"]);
    assert!(binding("view", "platform").is_empty());
}

#[test]
fn services_on_the_internet() {
    let service = |port: i64, ranges: Value, annotations: Value| {
        let service = json!({"metadata": [{"annotations": annotations}],
            "spec": [{"type": "LoadBalancer", "load_balancer_source_ranges": ranges, "port": [{"port": port}]}]});
        created("kubernetes_service", service)
    };
    let nothing = || (Value::Null, Value::Null);
    for (port, (ranges, annotations), expected) in [
        (5432, nothing(), vec!["open-database-port"]),
        (22, nothing(), vec!["open-administration-port"]),
        (8443, nothing(), vec!["kubernetes-open-load-balancer"]),
        (443, nothing(), vec![]),
        (
            8443,
            (json!(["0.0.0.0/0"]), Value::Null),
            vec!["kubernetes-open-load-balancer"],
        ),
        (8443, (json!(["10.0.0.0/8"]), Value::Null), vec![]),
        (
            8443,
            (
                Value::Null,
                json!({"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}),
            ),
            vec![],
        ),
        (
            8443,
            (
                Value::Null,
                json!({"networking.gke.io/load-balancer-type": "Internal"}),
            ),
            vec![],
        ),
        (
            8443,
            (
                Value::Null,
                json!({"service.beta.kubernetes.io/azure-load-balancer-internal": "false"}),
            ),
            vec!["kubernetes-open-load-balancer"],
        ),
    ] {
        let name = format!("{port} {ranges} {annotations}");
        assert_eq!(service(port, ranges, annotations), expected, "{name}");
    }
    let inside = json!({"spec": [{"type": "ClusterIP", "port": [{"port": 5432}]}]});
    assert!(created("kubernetes_service", inside).is_empty());
}

#[test]
fn releases_of_helm() {
    let release = |settings: Value| created("helm_release", settings);
    let repository = "https://charts.example.com";
    let found = release(json!({"chart": "shop", "repository": repository}));
    assert_eq!(found, ["helm-chart-without-version"]);
    assert!(release(json!({"chart": "shop", "repository": repository, "version": "1.2.3"})).is_empty());
    assert!(
        release(json!({"chart": "./charts/shop"})).is_empty(),
        "a folder of the commit"
    );
    let found =
        release(json!({"chart": "shop", "repository": "http://charts.example.com", "version": "1.2.3"}));
    assert_eq!(found, ["helm-unencrypted-repository"]);
}

#[test]
fn settings_of_github() {
    let secret = AttributeValue::Sensitive { fingerprint: None };
    let mut kept = effect("github_actions_secret", Action::Create, &json!({}));
    kept.attributes = vec![change("plaintext_value", secret)];
    assert_eq!(rules_of(&[kept], STAGING), ["github-plain-text-secret"]);
    let encrypted = json!({"encrypted_value": "YWJj", "plaintext_value": null});
    assert!(created("github_actions_secret", encrypted).is_empty());
    assert_eq!(
        created("github_repository", json!({"name": "shop"})),
        ["github-public-repository"],
        "a repository is public when nothing is said"
    );
    assert!(created("github_repository", json!({"visibility": "private"})).is_empty());
    assert!(created("github_repository", json!({"private": true})).is_empty());
    let protected = json!({"pattern": "main", "enforce_admins": true, "required_status_checks": [{"strict": true}],
        "required_pull_request_reviews": [{"required_approving_review_count": 1}], "allows_deletions": false});
    assert!(created("github_branch_protection", protected).is_empty());
    assert_eq!(
        created("github_branch_protection", json!({"pattern": "main"})),
        ["github-branch-without-review", "github-branch-half-protected"]
    );
    let webhook = json!({"configuration": [{"url": "http://ci.example.com", "insecure_ssl": true}]});
    assert_eq!(
        created("github_repository_webhook", webhook),
        ["github-webhook-unencrypted", "github-webhook-not-signed"]
    );
    let signed =
        json!({"configuration": [{"url": "https://ci.example.com", "insecure_ssl": false, "secret": "x"}]});
    assert!(created("github_repository_webhook", signed).is_empty());
}

#[test]
fn doors_of_other_services() {
    let lightsail = |port: Value| {
        created(
            "aws_lightsail_instance_public_ports",
            json!({"port_info": [port]}),
        )
    };
    let ssh = json!({"protocol": "tcp", "from_port": 22, "to_port": 22});
    assert_eq!(lightsail(ssh.clone()), ["open-administration-port"]);
    let mut narrow = ssh;
    narrow["cidrs"] = json!(["203.0.113.7/32"]);
    assert!(lightsail(narrow).is_empty());
    let rule = |action: &str, range: &str| {
        let rule = json!({"direction": "INGRESS", "action": action, "match": [{"src_ip_ranges": [range],
            "layer4_configs": [{"ip_protocol": "tcp", "ports": ["3389"]}]}]});
        created("google_compute_network_firewall_policy_rule", rule)
    };
    assert_eq!(rule("allow", "0.0.0.0/0"), ["open-administration-port"]);
    assert!(rule("deny", "0.0.0.0/0").is_empty());
    assert!(rule("allow", "10.0.0.0/8").is_empty());
    let cache = json!({"start_ip": "0.0.0.0", "end_ip": "255.255.255.255"});
    assert_eq!(
        created("azurerm_redis_firewall_rule", cache),
        ["database-firewall-open"]
    );
}
