//! Locks by the protocol of Terraform's `http` backend.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::service::{Answer, ROOT, Service};

pub(crate) const STATE: &str = "/api/v1/projects/shop/environments/staging/stacks/network/state";

pub(crate) fn lock(id: &str) -> Value {
    json!({"ID": id, "Operation": "OperationTypeApply", "Info": "", "Who": "alice@laptop", "Version": "1.11.4",
        "Created": "2026-11-20T10:00:00.123456789Z", "Path": ""})
}

async fn ask(service: &Service, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    service.ask(token, method, path, body.to_string()).await
}

/// The actions on record, oldest first.
async fn recorded(service: &Service) -> Vec<String> {
    let page = service
        .get(ROOT, "/api/v1/projects/shop/audit")
        .await
        .is(200)
        .json();
    let items = page["items"].as_array().unwrap().iter().rev();
    items
        .map(|item| item["action"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_conflict_carries_the_holders_description_and_nothing_else() {
    let service = Service::start().await;
    let (alice, bob) = (
        service.member("alice", "operator").await,
        service.member("bob", "operator").await,
    );
    let taken = ask(&service, &alice, "LOCK", STATE, &lock("one")).await;
    assert_eq!((taken.status.as_u16(), taken.body.len()), (200, 0));
    for token in [&alice, &bob] {
        let refused = ask(&service, token, "LOCK", STATE, &lock("two")).await.is(423);
        assert_eq!(refused.header("content-type"), "application/json");
        assert_eq!(refused.json(), lock("one"));
    }
    // Another user with the same identifier is another holder.
    ask(&service, &bob, "LOCK", STATE, &lock("one")).await.is(423);
}

#[tokio::test]
async fn a_repeated_lock_is_the_same_lock() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    for _ in 0..3 {
        ask(&service, &alice, "LOCK", STATE, &lock("one")).await.is(200);
    }
    for _ in 0..3 {
        ask(&service, &alice, "UNLOCK", STATE, &lock("one")).await.is(200);
    }
    let actions = recorded(&service).await;
    assert_eq!(actions.iter().filter(|action| *action == "state.lock").count(), 1);
    assert_eq!(
        actions.iter().filter(|action| *action == "state.unlock").count(),
        1
    );
}

#[tokio::test]
async fn an_empty_unlock_takes_the_role_and_is_recorded() {
    let service = Service::start().await;
    let (alice, viewer) = (
        service.member("alice", "operator").await,
        service.member("vera", "viewer").await,
    );
    let boss = service.member("olga", "operator").await;
    ask(&service, &alice, "LOCK", STATE, &lock("one")).await.is(200);
    service
        .ask(&viewer, "UNLOCK", STATE, Body::empty())
        .await
        .is_problem(403, "forbidden");
    // Terraform sends the empty body in chunks, without a length.
    let empty = Body::from_stream(futures_stream_of_nothing());
    service.ask(&boss, "UNLOCK", STATE, empty).await.is(200);
    assert_eq!(recorded(&service).await.last().unwrap(), "state.force-unlock");
    ask(&service, &boss, "LOCK", STATE, &lock("two")).await.is(200);
    // OpenTofu sends the identifier alone.
    ask(&service, &alice, "UNLOCK", STATE, &json!({"ID": "two"}))
        .await
        .is(200);
    assert_eq!(recorded(&service).await.last().unwrap(), "state.force-unlock");
    service.ask(&boss, "UNLOCK", STATE, Body::empty()).await.is(200);
}

fn futures_stream_of_nothing() -> impl futures_util::Stream<Item = Result<Vec<u8>, std::io::Error>> {
    futures_util::stream::empty()
}

#[tokio::test]
async fn another_lock_is_not_unlocked() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    ask(&service, &alice, "LOCK", STATE, &lock("one")).await.is(200);
    let refused = ask(&service, &alice, "UNLOCK", STATE, &lock("two")).await.is(423);
    assert_eq!(refused.json(), lock("one"));
}

#[tokio::test]
async fn locks_by_the_methods_of_gitlab() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    let path = format!("{STATE}/lock");
    for (take, release) in [("POST", "DELETE"), ("PUT", "DELETE"), ("LOCK", "UNLOCK")] {
        ask(&service, &alice, take, &path, &lock("one")).await.is(200);
        // Another one each time: who asks again under the same identifier has a place in the queue.
        ask(&service, &alice, "LOCK", STATE, &lock(&format!("two-{take}")))
            .await
            .is(423);
        ask(&service, &alice, release, &path, &lock("one")).await.is(200);
    }
    // An empty DELETE is a force-unlock, as an empty UNLOCK is.
    ask(&service, &alice, "POST", &path, &lock("one")).await.is(200);
    service.ask(&alice, "DELETE", &path, Body::empty()).await.is(200);
    assert_eq!(recorded(&service).await.last().unwrap(), "state.force-unlock");
}

#[tokio::test]
async fn what_is_no_lock_is_refused() {
    let service = Service::start().await;
    let alice = service.member("alice", "operator").await;
    for body in ["", "null", "[]", "{}", "{\"ID\":\"\"}", "{\"ID\":7}", "\u{0}"] {
        service
            .ask(&alice, "LOCK", STATE, body)
            .await
            .is_problem(400, "invalid");
    }
    let mut large = lock("one");
    large["Info"] = json!("x".repeat(17 * 1024));
    ask(&service, &alice, "LOCK", STATE, &large)
        .await
        .is_problem(413, "too-large");
    let streamed = futures_util::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 1024])));
    service
        .ask(&alice, "LOCK", STATE, Body::from_stream(streamed))
        .await
        .is_problem(413, "too-large");
}

#[tokio::test]
async fn other_methods_are_not_allowed() {
    let service = Service::start().await;
    for method in ["PATCH", "PROPFIND", "lock"] {
        let answer = service.ask(ROOT, method, STATE, Body::empty()).await;
        answer.is_problem(405, "method-not-allowed");
        assert!(answer.header("allow").contains("POST"), "{answer:?}");
    }
    // LOCK needs a token like everything else.
    let request = Request::builder().method("LOCK").uri(STATE);
    let answer = service
        .send(request.body(Body::from(lock("one").to_string())).unwrap())
        .await;
    answer.is_problem(401, "no-token");
    assert!(answer.header("www-authenticate").contains("Basic"));
}

#[tokio::test]
async fn a_lock_is_deleted_with_nothing() {
    let service = Service::start().await;
    let alice = service.member("alice", "admin").await;
    ask(&service, &alice, "LOCK", STATE, &lock("one")).await.is(200);
    let refused = service.ask(&alice, "DELETE", STATE, Body::empty()).await.is(423);
    assert_eq!(refused.json(), lock("one"));
}
