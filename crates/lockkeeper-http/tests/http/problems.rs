//! What bad input gets: a problem, and never a mistake of the server.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::service::{MAX_REQUEST, ROOT, Service};

#[tokio::test]
async fn what_the_router_refuses_is_a_problem_too() {
    let service = Service::start().await;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/nothing",
        "/api/v1/projects/",
        "/api/v1/projects/shop/changes/INFRA-1/",
    ] {
        service.get(ROOT, path).await.is_problem(404, "not-found");
    }
    let answer = service
        .ask(ROOT, "DELETE", "/api/v1/projects", Body::empty())
        .await;
    answer.is_problem(405, "method-not-allowed");
    assert!(answer.header("allow").contains("POST"), "{answer:?}");
    assert!(!answer.header("x-request-id").is_empty());
}

#[tokio::test]
async fn addresses_that_name_nothing() {
    let service = Service::start().await;
    for (path, status) in [
        ("/api/v1/projects/nowhere", 404),
        ("/api/v1/projects/..", 400),
        ("/api/v1/projects/%2e%2e", 400),
        ("/api/v1/projects/%2F", 400),
        ("/api/v1/projects/%00", 400),
        ("/api/v1/projects/%ff", 400),
        ("/api/v1/projects/Shop", 400),
        ("/api/v1/projects/shop/changes/INFRA-0", 400),
        ("/api/v1/projects/shop/changes/INFRA-99999999999", 400),
        ("/api/v1/projects/shop/changes/INFRA-7", 404),
        ("/api/v1/projects/shop/changes/HELM-1", 404),
        ("/api/v1/projects/shop/runs/7", 400),
        (
            "/api/v1/projects/shop/runs/018f0000-0000-7000-8000-000000000000",
            404,
        ),
    ] {
        let answer = service.get(ROOT, path).await;
        let kind = if status == 404 { "not-found" } else { "invalid" };
        answer.is_problem(status, kind);
    }
}

#[tokio::test]
async fn queries_that_cannot_be_used() {
    let service = Service::start().await;
    let run = "018f0000-0000-7000-8000-000000000000";
    for query in [
        "projects?limit=0".to_owned(),
        "projects?limit=201".to_owned(),
        "projects?limit=-1".to_owned(),
        "projects?limit=many".to_owned(),
        "projects?limit=99999999999999999999".to_owned(),
        "projects?limit=1&limit=2".to_owned(),
        "projects?cursor=%00".to_owned(),
        "projects?cursor=%ff".to_owned(),
        "projects/shop/changes?status=done".to_owned(),
        "projects/shop/changes?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ".to_owned(),
        "projects/shop/runs?change=7".to_owned(),
        "projects/shop/audit?cursor=eA".to_owned(),
        "projects/shop/audit/verify?checkpoint=7".to_owned(),
        format!("projects/shop/runs/{run}/log?after=-1"),
        format!("projects/shop/runs/{run}/log?after=99999999999999999999"),
    ] {
        service
            .get(ROOT, &format!("/api/v1/{query}"))
            .await
            .is_problem(400, "invalid");
    }
}

#[tokio::test]
async fn bodies_that_cannot_be_used() {
    let service = Service::start().await;
    let path = "/api/v1/projects";
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    for body in [
        "",
        "{",
        "null",
        "[]",
        "{\"name\":\"x\"}",
        "{\"name\":\"x\",\"repository\":\"/r\",\"other\":1}",
        "{\"name\":\"\\ud800\",\"repository\":\"/r\"}",
        "{\"name\":\"\\u0000\",\"repository\":\"/r\"}",
        "{\"name\":\"x\",\"repository\":\"\\u0000\"}",
        "{\"name\":\"x\",\"repository\":\"\"}",
        "{\"name\":\"-\",\"repository\":\"/r\"}",
        &deep,
    ] {
        service
            .ask(ROOT, "POST", path, body.to_owned())
            .await
            .is_problem(400, "invalid");
    }
    let bytes = b"{\"name\":\"\xff\",\"repository\":\"/r\"}".to_vec();
    service
        .ask(ROOT, "POST", path, bytes)
        .await
        .is_problem(400, "invalid");
    let huge = "{\"label\":\"x\",\"expires_in_days\":1e400}";
    service
        .ask(ROOT, "POST", "/api/v1/tokens", huge)
        .await
        .is_problem(400, "invalid");
    let large = json!({"name": "x", "repository": "r".repeat(MAX_REQUEST)});
    service
        .post(ROOT, path, &large)
        .await
        .is_problem(413, "too-large");
}

#[tokio::test]
async fn texts_that_no_row_can_hold() {
    let service = Service::start().await;
    let changes = "/api/v1/projects/shop/changes";
    let change = |field: &str, value: &str| {
        let mut change = json!({"stack": "network", "ref": "main", "title": "t"});
        change[field] = json!(value);
        change
    };
    for (field, value) in [
        ("title", "\0"),
        ("title", ""),
        ("title", &"x".repeat(201)),
        ("why", "\0"),
        ("rollback", "\0"),
        ("ref", "\0"),
        ("ref", ""),
        ("ref", "--upload-pack=x"),
        ("ref", "nowhere"),
        ("stack", "\0"),
    ] {
        let answer = service.post(ROOT, changes, &change(field, value)).await;
        assert!(answer.status.is_client_error(), "{field} {value:?}: {answer:?}");
    }
    service.propose(ROOT).await;
    for (verb, body) in [
        ("approve", json!({"comment": "\0"})),
        ("approve", json!({"plan_digest": "\0"})),
        ("approve", json!({"role": "\0"})),
        ("tick", json!({"check": "\0"})),
        ("tick", json!({"check": "on-call-notified", "comment": "\0"})),
        ("tick", json!({"check": "fmt"})),
        ("apply", json!({"environment": "staging", "at": "\0"})),
        ("apply", json!({"environment": "nowhere"})),
        ("rollback", json!({"why": "\0"})),
        ("close", json!({"comment": "\0"})),
        ("cancel", json!({"comment": "\0"})),
        ("plan", json!({"environment": "nowhere"})),
    ] {
        let answer = service
            .post(ROOT, &format!("{changes}/INFRA-1/{verb}"), &body)
            .await;
        assert!(answer.status.is_client_error(), "{verb} {body}: {answer:?}");
    }
    let label = json!({"label": "a\0b", "expires_in_days": 1});
    service
        .post(ROOT, "/api/v1/tokens", &label)
        .await
        .is_problem(400, "invalid");
}

#[tokio::test]
async fn another_media_type_is_refused() {
    let service = Service::start().await;
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = Request::post("/api/v1/projects")
            .header("authorization", format!("Bearer {ROOT}"))
            .header("content-type", kind);
        let answer = service.send(request.body(Body::from("{}")).unwrap()).await;
        answer.is_problem(415, "unsupported-media-type");
    }
}

#[tokio::test]
async fn a_reviewer_has_a_function_and_nobody_else() {
    let service = Service::start().await;
    service.user("bob").await;
    let members = "/api/v1/projects/shop/members";
    for member in [
        json!({"user": "bob", "role": "reviewer"}),
        json!({"user": "bob", "role": "reviewer", "function": "?"}),
        json!({"user": "bob", "role": "viewer", "function": "security"}),
        json!({"user": "bob", "role": "owner"}),
    ] {
        service
            .post(ROOT, members, &member)
            .await
            .is_problem(400, "invalid");
    }
    let unknown = json!({"user": "nobody", "role": "viewer"});
    service
        .post(ROOT, members, &unknown)
        .await
        .is_problem(404, "not-found");
    let nowhere = json!({"user": "bob", "role": "viewer", "environment": "nowhere"});
    service
        .post(ROOT, members, &nowhere)
        .await
        .is_problem(404, "not-found");
}

#[tokio::test]
async fn a_repository_that_cannot_be_reached_is_told() {
    let service = Service::start().await;
    let project = json!({"name": "lost", "repository": "/nowhere/at/all"});
    service.post(ROOT, "/api/v1/projects", &project).await.is(201);
    let answer = service.get(ROOT, "/api/v1/projects/lost/stacks").await;
    let problem = answer.is_problem(424, "unavailable");
    assert!(problem["hint"].is_string(), "{problem}");
}

#[tokio::test]
async fn health_needs_no_token() {
    let service = Service::start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = service
            .send(Request::get(path).body(Body::empty()).unwrap())
            .await
            .is(200);
        assert_eq!(answer.body, b"ok");
    }
    service.app.database.close().await;
    let answer = service
        .send(Request::get("/readyz").body(Body::empty()).unwrap())
        .await;
    answer.is_problem(503, "not-ready");
    let broken = service
        .get(ROOT, "/api/v1/caller")
        .await
        .is_problem(503, "database-away");
    assert!(!broken.to_string().contains("sqlite"), "{broken}");
}
