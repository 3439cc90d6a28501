//! Reading and writing states by the protocol of Terraform's `http` backend.

use axum::body::Body;
use axum::http::Request;
use md5::{Digest, Md5};
use serde_json::{Value, json};

use crate::service::{Answer, MAX_STATE, ROOT, Service};
use crate::state_locks::{STATE, lock};

fn state(serial: i64, lineage: &str) -> String {
    json!({"version": 4, "serial": serial, "lineage": lineage, "outputs": {}, "resources": []}).to_string()
}

fn md5_of(body: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(Md5::digest(body.as_bytes()))
}

async fn write(service: &Service, token: &str, id: &str, body: &str) -> Answer {
    let path = format!("{STATE}?ID={id}");
    let request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("content-md5", md5_of(body));
    service
        .send(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

/// An operator who holds the lock `one`.
async fn holder(service: &Service) -> String {
    let alice = service.member("alice", "operator").await;
    service
        .ask(&alice, "LOCK", STATE, lock("one").to_string())
        .await
        .is(200);
    alice
}

async fn versions(service: &Service) -> Vec<Value> {
    let page = service
        .get(ROOT, &format!("{STATE}/versions"))
        .await
        .is(200)
        .json();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_state_comes_back_byte_for_byte() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    let empty = service.get(&alice, STATE).await.is(204);
    assert!(empty.body.is_empty());
    let body = "{ \"version\":4,\n\"serial\": 1, \"lineage\":\"l\" }\n";
    let kept = write(&service, &alice, "one", body).await;
    assert_eq!((kept.status.as_u16(), kept.body.len()), (200, 0));
    let read = service.get(&alice, STATE).await.is(200);
    assert_eq!(read.body, body.as_bytes());
    assert_eq!(read.header("content-type"), "application/json");
    assert_eq!(read.header("content-md5"), md5_of(body));
    assert_eq!(read.header("cache-control"), "no-store");
    let version = service.get(&alice, &format!("{STATE}/versions/1")).await.is(200);
    assert_eq!(version.body, body.as_bytes());
    service
        .get(&alice, &format!("{STATE}/versions/2"))
        .await
        .is_problem(404, "not-found");
    service
        .get(&alice, &format!("{STATE}/versions/-1"))
        .await
        .is_problem(404, "not-found");
    service
        .get(&alice, &format!("{STATE}/versions/99999999999999999999"))
        .await
        .is_problem(400, "invalid");
}

#[tokio::test]
async fn a_repeated_write_is_kept_once() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    for _ in 0..3 {
        write(&service, &alice, "one", &state(1, "l")).await.is(200);
    }
    write(&service, &alice, "one", &state(2, "l")).await.is(200);
    let kept = versions(&service).await;
    let serials: Vec<i64> = kept
        .iter()
        .map(|version| version["serial"].as_i64().unwrap())
        .collect();
    assert_eq!(serials, [2, 1]);
    assert_eq!(kept[0]["written_by"], "alice");
}

#[tokio::test]
async fn a_write_needs_the_callers_own_lock() {
    let service = Service::start().await;
    let bob = service.member("bob", "operator").await;
    let without = service
        .post(&bob, STATE, &json!({"serial": 1, "lineage": "l"}))
        .await;
    without.is_problem(409, "conflict");
    let alice = holder(&service).await;
    for (token, id) in [(&bob, "one"), (&bob, "two"), (&alice, "two"), (&alice, "")] {
        let refused = write(&service, token, id, &state(1, "l")).await.is(423);
        assert_eq!(refused.json(), lock("one"));
    }
    assert!(versions(&service).await.is_empty());
}

#[tokio::test]
async fn a_damaged_body_is_refused() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    for md5 in [
        md5_of("something else"),
        "?".to_owned(),
        "YWJj".to_owned(),
        String::new(),
    ] {
        let request = Request::post(format!("{STATE}?ID=one"))
            .header("authorization", format!("Bearer {alice}"))
            .header("content-md5", &md5);
        let answer = service
            .send(request.body(Body::from(state(1, "l"))).unwrap())
            .await;
        answer.is_problem(400, "invalid");
    }
    for body in [
        "",
        "{}",
        "[]",
        "null",
        "{\"serial\":1}",
        "{\"serial\":-1,\"lineage\":\"l\"}",
        "{\"serial\":1e99,\"lineage\":\"l\"}",
    ] {
        write(&service, &alice, "one", body)
            .await
            .is_problem(400, "invalid");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    write(&service, &alice, "one", &deep)
        .await
        .is_problem(400, "invalid");
    assert!(versions(&service).await.is_empty());
}

#[tokio::test]
async fn older_serials_and_other_lineages_are_refused() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    write(&service, &alice, "one", &state(5, "l")).await.is(200);
    for body in [
        state(4, "l"),
        state(6, "other"),
        json!({"serial": 5, "lineage": "l", "resources": [1]}).to_string(),
    ] {
        write(&service, &alice, "one", &body)
            .await
            .is_problem(409, "conflict");
    }
    assert_eq!(versions(&service).await.len(), 1);
}

#[tokio::test]
async fn a_state_that_opentofu_encrypted_passes_through() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    let body = json!({"serial": 3, "lineage": "l", "meta": {"key_provider.pbkdf2.a": "eyJ"},
        "encrypted_data": "AAAA", "encryption_version": "v0"})
    .to_string();
    write(&service, &alice, "one", &body).await.is(200);
    assert_eq!(service.get(&alice, STATE).await.is(200).body, body.as_bytes());
}

#[tokio::test]
async fn a_state_that_is_too_large_is_refused() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    let padded = |length: usize| {
        let body = state(1, "l");
        body.replace(
            "{\"lineage",
            &format!("{{{}\"lineage", " ".repeat(length - body.len())),
        )
    };
    let just = padded(MAX_STATE);
    assert_eq!(just.len(), MAX_STATE);
    write(&service, &alice, "one", &padded(MAX_STATE + 1))
        .await
        .is_problem(413, "too-large");
    let pieces = padded(MAX_STATE + 1).into_bytes();
    let pieces: Vec<_> = pieces
        .chunks(1000)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect();
    let chunked = Body::from_stream(futures_util::stream::iter(pieces));
    service
        .ask(&alice, "POST", &format!("{STATE}?ID=one"), chunked)
        .await
        .is_problem(413, "too-large");
    write(&service, &alice, "one", &just).await.is(200);
}

#[tokio::test]
async fn a_deleted_state_is_empty_and_its_versions_are_kept() {
    let service = Service::start().await;
    let alice = holder(&service).await;
    write(&service, &alice, "one", &state(1, "l")).await.is(200);
    service
        .ask(&alice, "UNLOCK", STATE, lock("one").to_string())
        .await
        .is(200);
    service
        .ask(&alice, "DELETE", STATE, Body::empty())
        .await
        .is_problem(403, "forbidden");
    service.ask(ROOT, "DELETE", STATE, Body::empty()).await.is(200);
    service.get(&alice, STATE).await.is(204);
    service.get(&alice, &format!("{STATE}/versions/1")).await.is(200);
    let listed = service
        .get(&alice, "/api/v1/projects/shop/states")
        .await
        .is(200)
        .json();
    assert_eq!(listed["items"][0]["versions"], 1);
}

#[tokio::test]
async fn an_address_that_is_not_there_is_no_empty_state() {
    let service = Service::start().await;
    let stranger = service.user("sam").await;
    for path in [
        "/api/v1/projects/nowhere/environments/staging/stacks/network/state",
        "/api/v1/projects/shop/environments/nowhere/stacks/network/state",
    ] {
        service.get(ROOT, path).await.is_problem(403, "forbidden");
        service
            .ask(ROOT, "LOCK", path, lock("one").to_string())
            .await
            .is_problem(404, "not-found");
    }
    service.get(&stranger, STATE).await.is_problem(403, "forbidden");
}

#[tokio::test]
async fn basic_authentication_as_terraform_sends_it() {
    use base64::Engine;
    let service = Service::start().await;
    let alice = service.member("alice", "author").await;
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("whoever:{alice}"));
    let request = Request::get(STATE).header("authorization", format!("Basic {basic}"));
    service.send(request.body(Body::empty()).unwrap()).await.is(204);
}
