//! Changes over HTTP: entity tags, and gates in problems.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::service::{Answer, ROOT, Service};

const CHANGE: &str = "/api/v1/projects/shop/changes/INFRA-1";

async fn edit(service: &Service, if_match: Option<&str>, title: &str) -> Answer {
    let mut request = Request::patch(CHANGE)
        .header("authorization", format!("Bearer {ROOT}"))
        .header("content-type", "application/json");
    if let Some(tag) = if_match {
        request = request.header("if-match", tag);
    }
    let body = json!({"title": title}).to_string();
    service.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn a_stale_edit_is_refused() {
    let service = Service::start().await;
    service.propose(ROOT).await;
    let seen = service.get(ROOT, CHANGE).await.is(200);
    let tag = seen.header("etag").to_owned();
    let edited = edit(&service, Some(&tag), "A second title").await.is(200);
    assert_eq!(edited.json()["title"], "A second title");
    assert_ne!(edited.header("etag"), tag);
    edit(&service, Some(&tag), "A third title")
        .await
        .is_problem(412, "stale");
    edit(
        &service,
        Some(&format!("W/{}", edited.header("etag"))),
        "A third title",
    )
    .await
    .is_problem(412, "stale");
    edit(&service, Some("nonsense"), "A third title")
        .await
        .is_problem(400, "invalid");
    edit(&service, Some(edited.header("etag")), "A third title")
        .await
        .is(200);
    edit(&service, None, "A fourth title").await.is(200);
    edit(&service, Some("*"), "A fifth title").await.is(200);
}

#[tokio::test]
async fn a_change_shows_its_stages_and_a_list_does_not() {
    let service = Service::start().await;
    let change = service.propose(ROOT).await;
    assert_eq!(change["key"], "INFRA-1");
    assert_eq!(change["requester"], "root");
    let stages = change["stages"].as_array().unwrap();
    let names: Vec<&str> = stages
        .iter()
        .map(|stage| stage["environment"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["staging", "production"]);
    assert_eq!(stages[0]["status"], "planning");
    assert!(!stages[0]["gates"].as_array().unwrap().is_empty());
    let list = service
        .get(ROOT, "/api/v1/projects/shop/changes?status=open")
        .await
        .is(200)
        .json();
    assert_eq!(list["items"][0]["key"], "INFRA-1");
    assert!(list["items"][0]["stages"].is_null());
    let none = service
        .get(ROOT, "/api/v1/projects/shop/changes?status=rolled-back")
        .await
        .is(200)
        .json();
    assert_eq!(none["items"], json!([]));
}

#[tokio::test]
async fn a_plan_is_shown_with_its_effects() {
    let service = Service::start().await;
    service.propose(ROOT).await;
    let path = format!("{CHANGE}/plans/staging");
    service.get(ROOT, &path).await.is_problem(404, "not-found");
    service.carry_out_runs().await;
    let plan = service.get(ROOT, &path).await.is(200).json();
    assert_eq!(plan["summary"], "1 to add, 0 to change, 0 to destroy");
    assert_eq!(
        (&plan["class"], &plan["resource_count"]),
        (&json!("low"), &json!(1))
    );
    assert_eq!(plan["effects"][0]["address"], "terraform_data.cache");
    let change = service.get(ROOT, CHANGE).await.is(200).json();
    let stage = &change["stages"][0];
    assert_eq!(
        (&change["class"], &stage["status"]),
        (&json!("low"), &json!("planned"))
    );
    assert_eq!(stage["plan"]["digest"], plan["digest"]);
    let line = json!({"sign": "+", "address": "terraform_data.cache", "resource_type": "terraform_data", "action": "creates"});
    assert_eq!(stage["plan"]["resources"], json!([line]));
    // Approved for another plan than the current one: somebody looked at what is no longer there.
    let stale = json!({"plan_digest": "0000"});
    service
        .post(ROOT, &format!("{CHANGE}/approve"), &stale)
        .await
        .is_problem(409, "conflict");
}

#[tokio::test]
async fn a_commit_is_proposed_once() {
    let service = Service::start().await;
    let changes = "/api/v1/projects/shop/changes";
    let change = json!({"stack": "network", "ref": "main", "title": "One"});
    service.post(ROOT, changes, &change).await.is(201);
    let other_words = json!({"stack": "network", "ref": "main", "title": "Two"});
    let open = service.post(ROOT, changes, &other_words).await.is(200).json();
    assert_eq!((&open["key"], &open["title"]), (&json!("INFRA-1"), &json!("One")));
    let again = json!({"stack": "network", "ref": "main", "title": "Two", "again": true});
    let second = service.post(ROOT, changes, &again).await.is(201).json();
    assert_eq!(second["key"], "INFRA-2");
}

#[tokio::test]
async fn shut_gates_are_in_the_problem() {
    let service = Service::start().await;
    service.propose(ROOT).await;
    // Given back, the stage has no plan and is not busy: the gates are what stands in the way.
    let runs = service
        .get(ROOT, "/api/v1/projects/shop/runs")
        .await
        .is(200)
        .json();
    for run in runs["items"].as_array().unwrap() {
        let path = format!(
            "/api/v1/projects/shop/runs/{}/cancel",
            run["id"].as_str().unwrap()
        );
        service.ask(ROOT, "POST", &path, Body::empty()).await.is(202);
    }
    let apply = json!({"environment": "staging"});
    let answer = service.post(ROOT, &format!("{CHANGE}/apply"), &apply).await;
    let problem = answer.is_problem(409, "gates-shut");
    let gates = problem["gates"].as_array().unwrap();
    let plan = gates.iter().find(|gate| gate["gate"] == "plan").unwrap();
    assert_eq!(plan["open"], false);
    assert!(plan["to_open"].is_string(), "{plan}");
}
