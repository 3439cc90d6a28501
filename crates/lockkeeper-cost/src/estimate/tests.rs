use lockkeeper_domain::effect::{Action, AttributeChange, AttributeValue, Effect};
use serde_json::{Value, json};

use super::*;
use crate::decimal::Decimal;
use crate::money::Currency;
use crate::rates::{Rate, Rates};

/// An effect whose attributes go from one object to another; what is equal is not listed.
fn effect(resource_type: &str, action: Action, before: Value, after: Value) -> Effect {
    let mut effect = Effect::new(&format!("{resource_type}.one"), resource_type, "aws", action);
    let keys: BTreeSet<&String> = [&before, &after]
        .into_iter()
        .filter_map(Value::as_object)
        .flat_map(|object| object.keys())
        .collect();
    let known = |object: &Value, key: &str| match object.get(key) {
        None | Some(Value::Null) => AttributeValue::Absent,
        Some(Value::String(text)) if text == "(unknown)" => AttributeValue::Unknown,
        Some(value) => AttributeValue::Known(value.clone()),
    };
    let changes = keys.into_iter().filter(|key| before.get(*key) != after.get(*key));
    effect.attributes = changes
        .map(|key| AttributeChange::new(key, known(&before, key), known(&after, key)))
        .collect();
    effect
}

fn created(resource_type: &str, after: Value) -> Effect {
    effect(resource_type, Action::Create, Value::Null, after)
}

fn of(effects: &[Effect]) -> CostEstimate {
    estimate(
        effects,
        PriceBook::embedded().unwrap(),
        &EstimateOptions::default(),
    )
}

/// The amounts after, by component, and what has no price.
fn told(estimate: &CostEstimate) -> Vec<String> {
    let parts = estimate.by_resource.iter().flat_map(|cost| &cost.components);
    let parts = parts.map(|part| format!("{} {}: {}", part.name, part.detail, estimate.amount(part.after)));
    let gaps = estimate.unpriced.iter().map(|gap| {
        let component = gap
            .component
            .as_deref()
            .map(|name| format!("{name}: "))
            .unwrap_or_default();
        format!("? {component}{}", gap.why)
    });
    parts.chain(gaps).collect()
}

#[test]
fn a_plan_of_app_service_is_paid_for_each_machine() {
    let plan = |size: &str, machines: Value| {
        let plan =
            json!({"os_type": "Linux", "sku_name": size, "worker_count": machines, "location": "eastus"});
        told(&of(&[created("azurerm_service_plan", plan)]))
    };
    assert_eq!(plan("P1v3", json!(2)), ["plan Linux/P1v3 x 2: 226.30 USD"]);
    assert_eq!(plan("F1", Value::Null), ["plan Linux/F1 x 1: 0.00 USD"]);
    assert!(
        plan("EP1", json!(1))[0].starts_with("? plan: "),
        "no price is no zero"
    );
}

#[test]
fn a_machine_is_its_size_and_its_disks() {
    let machine = created(
        "aws_instance",
        json!({"instance_type": "t3.micro", "availability_zone": "eu-central-1b",
            "root_block_device": [{"volume_size": 100, "volume_type": "gp3"}],
            "ebs_block_device": [{"volume_size": 10}, {"volume_size": "20", "volume_type": "gp3"}]}),
    );
    let estimate = of(&[machine]);
    assert_eq!(
        told(&estimate),
        [
            "instance t3.micro: 8.76 USD",
            "root disk gp3 x 100: 9.52 USD",
            "disk 0 gp2 x 10: 1.19 USD",
            "disk 1 gp3 x 20: 1.90 USD",
        ]
    );
    assert_eq!(estimate.delta().to_string(), "+21.37 USD / month");
    assert_eq!(
        estimate.assumptions,
        ["aws: machines run Linux all month, on demand"]
    );
    assert_eq!(estimate.sources.len(), 2);
}

#[test]
fn a_size_that_the_plan_does_not_say_is_listed_and_not_counted() {
    let machine = created(
        "aws_instance",
        json!({"instance_type": "t3.micro", "root_block_device": "(unknown)"}),
    );
    let estimate = of(&[
        machine,
        created(
            "aws_instance",
            json!({"instance_type": "x9.huge", "tenancy": "host"}),
        ),
    ]);
    assert_eq!(
        told(&estimate),
        [
            "instance t3.micro: 7.59 USD",
            "? root disk: `root_block_device[0].volume_type` is known only after the apply",
            "? dedicated tenancy has other prices",
        ]
    );
    assert_eq!(estimate.monthly_after.micros(), 7_592_000);
    assert!(
        estimate
            .assumptions
            .iter()
            .any(|note| note.contains("names no region"))
    );
}

#[test]
fn a_part_of_a_size_that_is_not_set_says_whose_size_it_has() {
    let estimate = of(&[created("aws_instance", json!({"instance_type": "t3.micro"}))]);
    assert_eq!(
        told(&estimate),
        [
            "instance t3.micro: 7.59 USD",
            "? root disk: its size is that of the image"
        ]
    );
}

#[test]
fn a_region_without_a_price_is_scaled_and_one_that_is_not_known_is_not_priced() {
    let database = |zone: &str| {
        created(
            "aws_db_instance",
            json!({"engine": "postgres", "instance_class": "db.t3.medium", "allocated_storage": 50,
                "storage_type": "gp3", "multi_az": true, "availability_zone": zone}),
        )
    };
    let estimate = of(&[database("eu-central-1a")]);
    assert_eq!(
        told(&estimate),
        [
            "database instance postgres/db.t3.medium x 2: 126.14 USD",
            "storage gp3 x 100: 13.80 USD"
        ]
    );
    assert!(estimate.assumptions.iter().any(|note| note.contains("scaled")));
    let strange = of(&[database("moon-north-1a")]);
    assert!(strange.by_resource.is_empty());
    assert_eq!(
        told(&strange)[0],
        "? database instance: the price book has no prices for the region `moon-north-1a`"
    );
}

#[test]
fn only_what_alters_the_price_counts() {
    let kept = json!({"instance_type": "t3.micro", "ami": "a", "tags": {"a": "1"}});
    let mut other = kept.clone();
    other["ami"] = json!("b");
    let mut tagged = kept.clone();
    tagged["tags"] = json!({"a": "2"});
    let mut larger = kept.clone();
    larger["instance_type"] = json!("t3.small");
    let replaced = effect("aws_instance", Action::DeleteThenCreate, kept.clone(), other);
    let retagged = effect("aws_nothing_known", Action::Update, kept.clone(), tagged);
    let resized = effect("aws_instance", Action::Update, kept, larger);
    let estimate = of(&[replaced, retagged, resized]);
    assert_eq!(estimate.unchanged, 2);
    assert!(estimate.unpriced.is_empty(), "{:?}", estimate.unpriced);
    assert_eq!(
        estimate.by_resource[0].components[0].detail,
        "t3.micro -> t3.small"
    );
    assert_eq!(estimate.delta().to_string(), "+7.59 USD / month");
    assert_eq!(estimate.monthly_before.micros(), 7_592_000);
    let taken = "aws_instance: `tenancy` was not read, and is taken to be `default`";
    assert!(
        estimate.assumptions.iter().any(|note| note == taken),
        "{:?}",
        estimate.assumptions
    );
}

#[test]
fn what_stays_as_it_is_is_needed_to_price_what_changes() {
    let before = json!({"instance_class": "db.t3.medium", "engine": "mysql", "multi_az": false});
    let mut after = before.clone();
    after["instance_class"] = json!("db.t3.large");
    let change = effect("aws_db_instance", Action::Update, before.clone(), after.clone());
    let alone = of(std::slice::from_ref(&change));
    assert_eq!(
        told(&alone),
        ["? database instance: `engine` stays as it is, and what it is was not read"]
    );
    let plan = json!({"resource_changes": [{"address": change.address, "change": {"before": before, "after": after}}],
        "configuration": {"provider_config": {"aws": {"expressions": {"region": {"constant_value": "us-east-2"}}}}}});
    let book = PriceBook::embedded().unwrap();
    let context = PlanContext::read(plan.to_string().as_bytes(), std::slice::from_ref(&change), book);
    let options = EstimateOptions {
        context,
        ..EstimateOptions::default()
    };
    let whole = estimate(&[change], book, &options);
    assert_eq!(whole.delta().to_string(), "+49.64 USD / month");
    assert!(
        whole
            .assumptions
            .iter()
            .any(|note| note.contains("configured with the region us-east-2"))
    );
}

#[test]
fn what_is_free_what_depends_on_usage_and_what_is_not_known_are_told_apart() {
    let estimate = of(&[
        created("aws_iam_role", json!({"name": "a"})),
        created("aws_s3_bucket", json!({"bucket": "b"})),
        created("aws_brand_new", json!({})),
        effect("aws_brand_new", Action::Forget, json!({}), json!({})),
        effect(
            "aws_brand_new",
            Action::Unknown("fold".to_owned()),
            json!({}),
            json!({}),
        ),
        created("aws_dynamodb_table", json!({"billing_mode": "PAY_PER_REQUEST"})),
    ]);
    assert_eq!(estimate.free.len(), 1);
    assert_eq!(
        told(&estimate),
        [
            "? usage-based, not estimated: storage and requests",
            "? the price book does not know this type",
            "? it is not known what is done to it",
            "? usage-based, not estimated: requests and storage",
        ]
    );
    assert_eq!(estimate.delta().to_string(), "+0.00 USD / month");
}

#[test]
fn other_clouds_are_priced_too() {
    let estimate = of(&[
        created(
            "azurerm_linux_virtual_machine",
            json!({"size": "Standard_B2ms", "location": "West Europe",
            "os_disk": [{"storage_account_type": "Premium_LRS", "disk_size_gb": 100}]}),
        ),
        created(
            "azurerm_kubernetes_cluster",
            json!({"location": "eastus", "sku_tier": "Standard",
            "default_node_pool": [{"vm_size": "Standard_D2s_v3", "node_count": 3}]}),
        ),
        created(
            "google_compute_instance",
            json!({"machine_type": "e2-medium", "zone": "europe-west1-b",
            "boot_disk": [{"initialize_params": [{"size": 20, "type": "pd-ssd"}]}]}),
        ),
        created(
            "google_container_node_pool",
            json!({"location": "us-central1", "node_count": 2,
            "node_config": [{"machine_type": "n1-standard-1"}]}),
        ),
        created(
            "google_sql_database_instance",
            json!({"region": "us-central1", "database_version": "POSTGRES_15",
            "settings": [{"tier": "db-custom-2-7680", "availability_type": "REGIONAL", "disk_size": 10}]}),
        ),
        created(
            "google_redis_instance",
            json!({"region": "us-central1", "memory_size_gb": 5}),
        ),
    ]);
    assert_eq!(
        told(&estimate),
        [
            "instance Standard_B2ms: 70.08 USD",
            "system disk P10: 23.65 USD",
            "control plane kubernetes/Standard: 73.00 USD",
            "nodes Standard_D2s_v3 x 3: 210.24 USD",
            "instance e2-medium: 26.91 USD",
            "boot disk pd-ssd x 20: 3.40 USD",
            "nodes n1-standard-1 x 6: 208.05 USD",
            "database instance db-custom-2-7680 x 2: 197.25 USD",
            "storage PD_SSD x 20: 3.40 USD",
            "cache BASIC/M2 x 5: 98.55 USD",
        ]
    );
}

#[test]
fn sensitive_and_hostile_values_are_no_prices() {
    let mut machine = created("aws_instance", json!({"instance_type": "t3.micro"}));
    machine.attributes[0].after = AttributeValue::Sensitive { fingerprint: None };
    let disk = |size: Value| created("aws_ebs_volume", json!({"size": size, "type": "standard"}));
    let huge = json!(999_999_999_999_999_u64);
    let estimate = of(&[
        machine,
        disk(json!(-5)),
        disk(json!("1e9")),
        disk(huge),
        disk(json!([1])),
    ]);
    assert!(estimate.by_resource.is_empty(), "{:?}", estimate.by_resource);
    assert_eq!(estimate.monthly_after.micros(), 0);
    assert_eq!(estimate.unpriced.len(), 6, "{:?}", told(&estimate));
    assert!(told(&estimate).iter().all(|line| line.starts_with("? ")));
}

#[test]
fn a_converted_estimate_still_adds_up() {
    let machines: Vec<Effect> = ["t3.nano", "t3.micro", "m5.large"]
        .map(|size| created("aws_instance", json!({"instance_type": size})))
        .into();
    let dollars = of(&machines);
    let euro: Currency = "EUR".parse().unwrap();
    assert!(dollars.convert(&euro, &Rates::default()).is_err());
    let rate = Rate {
        from: Currency::usd(),
        to: euro.clone(),
        rate: Decimal::parse("0.912345").unwrap(),
        as_of: "2026-11-20".to_owned(),
        source: "ECB".to_owned(),
    };
    let euros = dollars.convert(&euro, &Rates::new(vec![rate])).unwrap();
    let sum: i64 = euros.by_resource.iter().map(|cost| cost.delta.micros()).sum();
    assert_eq!(sum, euros.monthly_delta.micros());
    assert_eq!(euros.currency, euro);
    assert!(
        euros
            .assumptions
            .iter()
            .any(|note| note == "1 USD is 0.912345 EUR, as of 2026-11-20 (ECB)")
    );
}
