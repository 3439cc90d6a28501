//! Finding resources in states, and comparing versions.

use axum::body::Body;
use serde_json::{Value, json};

use crate::service::{ROOT, Service};
use crate::state_locks::STATE;

fn instance(kind: &str, name: &str, id: &str) -> Value {
    json!({"mode": "managed", "type": kind, "name": name, "provider": "provider[\"x/y/z\"]",
        "instances": [{"attributes": {"id": id, "name": format!("{name}-{id}"), "password": "hunter2"}, "sensitive_attributes": []}]})
}

/// Imports a state, in the place of what is there.
async fn keep(service: &Service, path: &str, serial: i64, resources: &Value) {
    let body = json!({"version": 4, "serial": serial, "lineage": "l", "outputs": {}, "resources": resources});
    let path = format!("{path}/import?reason=test");
    service.ask(ROOT, "POST", &path, body.to_string()).await.is(200);
}

async fn found(service: &Service, token: &str, text: &str) -> Vec<String> {
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/projects/shop/state-resources?text={text}&limit=2{cursor}");
        let page = service.get(token, &path).await.is(200).json();
        let items = page["items"].as_array().unwrap();
        found.extend(items.iter().map(|item| {
            format!(
                "{}/{}",
                item["environment"].as_str().unwrap(),
                item["id"].as_str().unwrap()
            )
        }));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[tokio::test]
async fn what_stands_in_the_newest_versions_is_found() {
    let service = Service::start().await;
    let production = STATE.replace("staging", "production");
    let three = json!([
        instance("aws_vpc", "a", "vpc-1"),
        instance("aws_vpc", "b", "vpc-2"),
        instance("aws_vpc", "c", "vpc-3")
    ]);
    keep(&service, STATE, 1, &three).await;
    keep(
        &service,
        &production,
        1,
        &json!([instance("aws_vpc", "a", "vpc-9")]),
    )
    .await;
    let every = [
        "staging/vpc-1",
        "staging/vpc-2",
        "staging/vpc-3",
        "production/vpc-9",
    ];
    let mut all = found(&service, ROOT, "aws_vpc").await;
    all.sort_unstable();
    let mut expected = every.to_vec();
    expected.sort_unstable();
    assert_eq!(all, expected);
    assert_eq!(found(&service, ROOT, "vpc-2").await, ["staging/vpc-2"]);
    assert_eq!(found(&service, ROOT, "b-vpc-2").await, ["staging/vpc-2"]);
    assert_eq!(found(&service, ROOT, "aws_vpc.c").await, ["staging/vpc-3"]);
    assert!(found(&service, ROOT, "vpc").await.is_empty());
    assert!(found(&service, ROOT, "hunter2").await.is_empty());
    // What a later version has no more is not found.
    keep(&service, STATE, 2, &json!([instance("aws_vpc", "b", "vpc-2")])).await;
    assert!(found(&service, ROOT, "vpc-1").await.is_empty());
    assert_eq!(found(&service, ROOT, "vpc-2").await, ["staging/vpc-2"]);
    service.ask(ROOT, "DELETE", STATE, Body::empty()).await.is(200);
    assert_eq!(found(&service, ROOT, "aws_vpc").await, ["production/vpc-9"]);
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_read() {
    let service = Service::start().await;
    keep(
        &service,
        &STATE.replace("staging", "production"),
        1,
        &json!([instance("aws_vpc", "a", "vpc-9")]),
    )
    .await;
    let alice = service.user("alice").await;
    let member = json!({"user": "alice", "role": "author", "environment": "staging"});
    service
        .post(ROOT, "/api/v1/projects/shop/members", &member)
        .await
        .is(204);
    assert!(found(&service, &alice, "vpc-9").await.is_empty());
    assert_eq!(found(&service, ROOT, "vpc-9").await.len(), 1);
}

#[tokio::test]
async fn versions_are_compared_without_telling_secrets() {
    let service = Service::start().await;
    keep(&service, STATE, 1, &json!([instance("aws_vpc", "a", "vpc-1")])).await;
    service
        .get(ROOT, &format!("{STATE}/diff"))
        .await
        .is_problem(404, "not-found");
    keep(
        &service,
        STATE,
        2,
        &json!([
            instance("aws_vpc", "a", "vpc-2"),
            instance("aws_vpc", "b", "vpc-3")
        ]),
    )
    .await;
    let diff = service.get(ROOT, &format!("{STATE}/diff")).await.is(200);
    assert!(!String::from_utf8_lossy(&diff.body).contains("hunter2"));
    let diff = diff.json();
    assert_eq!((&diff["from"], &diff["to"]), (&json!(1), &json!(2)));
    let actions: Vec<&Value> = diff["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| &effect["address"])
        .collect();
    assert_eq!(actions, ["aws_vpc.a", "aws_vpc.b"]);
    let same = service
        .get(ROOT, &format!("{STATE}/diff?from=2&to=2"))
        .await
        .is(200)
        .json();
    assert_eq!(same["effects"], json!([]));
    let body = json!({"serial": 3, "lineage": "l", "meta": {}, "encrypted_data": "AAAA"}).to_string();
    service
        .ask(ROOT, "POST", &format!("{STATE}/import?reason=tofu"), body)
        .await
        .is(200);
    let refused = service
        .get(ROOT, &format!("{STATE}/diff"))
        .await
        .is_problem(409, "conflict");
    assert!(
        refused["detail"].as_str().unwrap().contains("OpenTofu"),
        "{refused}"
    );
    let versions = service
        .get(ROOT, &format!("{STATE}/versions"))
        .await
        .is(200)
        .json();
    assert_eq!(versions["items"][1]["resources"], 2);
    assert!(versions["items"][0].get("resources").is_none(), "{versions}");
}
