//! A POST with a key is carried out once.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::service::{Answer, ROOT, Service};

async fn post(service: &Service, token: &str, key: &str, path: &str, body: &Value) -> Answer {
    let request = Request::post(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    service
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer() {
    let service = Service::start().await;
    let user = json!({"name": "bob"});
    let first = post(&service, ROOT, "k1", "/api/v1/users", &user).await.is(201);
    let again = post(&service, ROOT, "k1", "/api/v1/users", &user).await.is(201);
    assert_eq!(first.json(), again.json());
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.header("content-type"), "application/json");
    // Without the key it is the conflict that it is.
    service
        .post(ROOT, "/api/v1/users", &user)
        .await
        .is_problem(409, "conflict");
    // An answer without a body, and a refusal, are repeated too.
    let member = json!({"user": "bob", "role": "viewer"});
    for _ in 0..2 {
        let granted = post(&service, ROOT, "k2", "/api/v1/projects/shop/members", &member)
            .await
            .is(204);
        assert!(granted.body.is_empty());
        post(&service, ROOT, "k3", "/api/v1/users", &user)
            .await
            .is_problem(409, "conflict");
    }
}

#[tokio::test]
async fn a_key_belongs_to_one_request_and_one_user() {
    let service = Service::start().await;
    let bob = service.member("bob", "author").await;
    let changes = "/api/v1/projects/shop/changes";
    let change = |title: &str| json!({"stack": "network", "ref": "main", "title": title, "again": true});
    let mine = post(&service, ROOT, "k", changes, &change("one"))
        .await
        .is(201)
        .json();
    post(&service, ROOT, "k", changes, &change("two"))
        .await
        .is_problem(409, "conflict");
    post(&service, ROOT, "k", "/api/v1/users", &change("one"))
        .await
        .is_problem(409, "conflict");
    let theirs = post(&service, &bob, "k", changes, &change("one"))
        .await
        .is(201)
        .json();
    assert_ne!(mine["key"], theirs["key"]);
}

#[tokio::test]
async fn ten_at_once_are_carried_out_once() {
    let service = Arc::new(Service::start().await);
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(async move {
                let change = json!({"stack": "network", "ref": "main", "title": "Once", "again": true});
                post(&service, ROOT, "k", "/api/v1/projects/shop/changes", &change)
                    .await
                    .status
                    .as_u16()
            })
        })
        .collect();
    for task in tasks {
        let status = task.await.unwrap();
        assert!([201, 409].contains(&status), "{status}");
    }
    let list = service
        .get(ROOT, "/api/v1/projects/shop/changes")
        .await
        .is(200)
        .json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_secret_is_not_kept() {
    let service = Service::start().await;
    let token = json!({"label": "ci", "expires_in_days": 1});
    let first = post(&service, ROOT, "k", "/api/v1/tokens", &token)
        .await
        .is(201)
        .json();
    let again = post(&service, ROOT, "k", "/api/v1/tokens", &token).await;
    let problem = again.is_problem(409, "conflict");
    assert!(problem["detail"].as_str().unwrap().contains("shown once"));
    assert!(!problem.to_string().contains(first["secret"].as_str().unwrap()));
    let tokens = service.get(ROOT, "/api/v1/tokens").await.is(200).json();
    assert_eq!(tokens["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_failure_that_may_pass_gives_the_key_back() {
    let service = Service::start().await;
    let away = service.repository.path().with_extension("away");
    std::fs::rename(service.repository.path(), &away).unwrap();
    let change = json!({"stack": "network", "ref": "main", "title": "t"});
    let changes = "/api/v1/projects/shop/changes";
    let failed = post(&service, ROOT, "k", changes, &change).await;
    std::fs::rename(&away, service.repository.path()).unwrap();
    assert_eq!(failed.status, 424, "{failed:?}");
    post(&service, ROOT, "k", changes, &change).await.is(201);
}

#[tokio::test]
async fn what_is_no_key_is_refused() {
    let service = Service::start().await;
    let user = json!({"name": "bob"});
    for key in ["", &"k".repeat(256)] {
        post(&service, ROOT, key, "/api/v1/users", &user)
            .await
            .is_problem(400, "invalid");
    }
}
