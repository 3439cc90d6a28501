//! Personal states: each developer's own copy of a stack's state.

use axum::body::Body;
use serde_json::{Value, json};

use crate::service::{Answer, ROOT, Service};
use crate::state_locks::{STATE, lock};

const PERSONAL: &str = "/api/v1/projects/shop/environments/staging/stacks/network/personal";

fn own(user: &str) -> String {
    format!("{PERSONAL}/{user}/state")
}

async fn create(service: &Service, token: &str, user: &str, from: &str) -> Answer {
    let body = json!({"from": from}).to_string();
    service
        .ask(token, "PUT", &format!("{PERSONAL}/{user}"), body)
        .await
}

/// Writes under a lock, as a client does.
async fn write(service: &Service, token: &str, path: &str, serial: i64, lineage: &str) -> Answer {
    service
        .ask(token, "LOCK", path, lock("w").to_string())
        .await
        .is(200);
    let body = json!({"version": 4, "serial": serial, "lineage": lineage, "outputs": {}, "resources": []});
    let written = service
        .ask(token, "POST", &format!("{path}?ID=w"), body.to_string())
        .await;
    service
        .ask(token, "UNLOCK", path, lock("w").to_string())
        .await
        .is(200);
    written
}

/// The shared state at serial 7, and an author with a copy of it.
async fn with_copy() -> (Service, String, Value) {
    let service = Service::start().await;
    write(&service, ROOT, STATE, 7, "shared").await.is(200);
    let alice = service.member("alice", "author").await;
    let made = create(&service, &alice, "alice", "shared").await.is(201).json();
    (service, alice, made)
}

#[tokio::test]
async fn a_copy_has_the_shared_content_and_its_own_lineage() {
    let (service, alice, made) = with_copy().await;
    assert_eq!(
        (made["serial"].as_i64(), made["user"].as_str()),
        (Some(7), Some("alice"))
    );
    assert_ne!(made["lineage"], "shared");
    let again = create(&service, &alice, "alice", "empty").await.is(200).json();
    assert_eq!(again["lineage"], made["lineage"]);
    let body = service.get(&alice, &own("alice")).await.is(200).json();
    assert_eq!(body["lineage"], made["lineage"]);
    assert_eq!(body["resources"], json!([]));
}

#[tokio::test]
async fn an_author_writes_their_own_copy_and_never_the_shared_state() {
    let (service, alice, made) = with_copy().await;
    let lineage = made["lineage"].as_str().unwrap();
    write(&service, &alice, &own("alice"), 8, lineage).await.is(200);
    service
        .ask(&alice, "LOCK", STATE, lock("x").to_string())
        .await
        .is_problem(403, "forbidden");
    // Whoever may write the shared state cannot push the copy over it: the lineages differ.
    write(&service, ROOT, STATE, 9, lineage)
        .await
        .is_problem(409, "conflict");
    let shared = service.get(ROOT, STATE).await.is(200).json();
    assert_eq!(shared["serial"], 7);
}

#[tokio::test]
async fn a_personal_state_that_was_not_made_is_not_empty() {
    let service = Service::start().await;
    let alice = service.member("alice", "author").await;
    let problem = service
        .get(&alice, &own("alice"))
        .await
        .is_problem(403, "forbidden");
    assert!(
        problem["hint"]
            .as_str()
            .unwrap()
            .contains("state personal create"),
        "{problem}"
    );
    let body = lock("x").to_string();
    service
        .ask(&alice, "LOCK", &own("alice"), body)
        .await
        .is_problem(404, "not-found");
    create(&service, &alice, "alice", "empty").await.is(201);
    service.get(&alice, &own("alice")).await.is(204);
}

#[tokio::test]
async fn refreshing_copies_once_more_under_the_same_lineage() {
    let (service, alice, made) = with_copy().await;
    let lineage = made["lineage"].as_str().unwrap();
    write(&service, &alice, &own("alice"), 8, lineage).await.is(200);
    write(&service, ROOT, STATE, 20, "shared").await.is(200);
    let refresh = format!("{PERSONAL}/alice/refresh");
    service
        .ask(&alice, "LOCK", &own("alice"), lock("x").to_string())
        .await
        .is(200);
    service
        .post(&alice, &refresh, &json!({}))
        .await
        .is_problem(423, "locked");
    service
        .ask(&alice, "UNLOCK", &own("alice"), Body::empty())
        .await
        .is(200);
    let refreshed = service.post(&alice, &refresh, &json!({})).await.is(200).json();
    assert_eq!(refreshed["serial"], 9);
    assert_eq!(refreshed["lineage"], lineage);
    assert_eq!(refreshed["versions"], 3);
}

#[tokio::test]
async fn nobody_touches_the_personal_state_of_another() {
    let (service, _, _) = with_copy().await;
    let admin = service.member("adam", "admin").await;
    for (method, path) in [
        ("GET", own("alice")),
        ("LOCK", own("alice")),
        ("DELETE", own("alice")),
    ] {
        let body = lock("x").to_string();
        service
            .ask(&admin, method, &path, body)
            .await
            .is_problem(403, "forbidden");
    }
    create(&service, &admin, "alice", "shared")
        .await
        .is_problem(403, "forbidden");
    let bob = service.member("bob", "operator").await;
    let remove = format!("{PERSONAL}/alice");
    service
        .ask(&bob, "DELETE", &remove, Body::empty())
        .await
        .is_problem(403, "forbidden");
    service
        .ask(&admin, "DELETE", &remove, Body::empty())
        .await
        .is(204);
    service
        .ask(&admin, "DELETE", &remove, Body::empty())
        .await
        .is(204);
}

#[tokio::test]
async fn the_list_shows_ones_own_and_administrators_all() {
    let (service, alice, _) = with_copy().await;
    let bob = service.member("bob", "operator").await;
    create(&service, &bob, "bob", "empty").await.is(201);
    let users = async |token: &str| {
        let (mut users, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/projects/shop/personal-states?limit=1{cursor}");
            let page = service.get(token, &path).await.is(200).json();
            users.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| item["user"].clone()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return users,
            }
        }
    };
    assert_eq!(users(&alice).await, ["alice"]);
    assert_eq!(users(&bob).await, ["bob"]);
    assert_eq!(users(ROOT).await, ["alice", "bob"]);
    let shared = service
        .get(ROOT, "/api/v1/projects/shop/states")
        .await
        .is(200)
        .json();
    assert_eq!(shared["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_opentofu_encrypted_cannot_be_copied() {
    let service = Service::start().await;
    service
        .ask(ROOT, "LOCK", STATE, lock("w").to_string())
        .await
        .is(200);
    let body = json!({"serial": 1, "lineage": "l", "meta": {}, "encrypted_data": "AAAA", "encryption_version": "v0"});
    service
        .ask(ROOT, "POST", &format!("{STATE}?ID=w"), body.to_string())
        .await
        .is(200);
    let problem = create(&service, ROOT, "root", "shared")
        .await
        .is_problem(409, "conflict");
    assert!(
        problem["detail"].as_str().unwrap().contains("OpenTofu"),
        "{problem}"
    );
}
