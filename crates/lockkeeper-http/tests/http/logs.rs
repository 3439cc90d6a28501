//! The log of a run, read and followed.

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use lockkeeper_domain::id::RunId;
use lockkeeper_store::tables::run_log;
use serde_json::Value;

use crate::service::{Answer, ROOT, Service};

/// A run that waits, and its address.
async fn run(service: &Service) -> (RunId, String) {
    service.propose(ROOT).await;
    let runs = service
        .get(ROOT, "/api/v1/projects/shop/runs")
        .await
        .is(200)
        .json();
    let id = runs["items"][0]["id"].as_str().unwrap();
    (id.parse().unwrap(), format!("/api/v1/projects/shop/runs/{id}"))
}

async fn append(service: &Service, run: RunId, position: i64, text: &str) {
    let mut transaction = service.app.database.write().await.unwrap();
    run_log::append(&mut transaction, run, position, text)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    service.app.signals.tell_run(run);
}

async fn follow(service: &Service, path: &str, last: Option<&str>) -> Answer {
    let mut request =
        Request::get(format!("{path}/log/events")).header("authorization", format!("Bearer {ROOT}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let answer = service.send(request.body(Body::empty()).unwrap());
    tokio::time::timeout(Duration::from_secs(20), answer)
        .await
        .expect("the stream ends")
}

fn events(answer: &Answer) -> Vec<(String, Value)> {
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let field = |event: &str, name: &str| {
        let found = event.lines().find_map(|line| line.strip_prefix(name));
        found.unwrap_or_default().trim().to_owned()
    };
    text.split("\n\n")
        .filter(|event| event.contains("data:"))
        .map(|event| {
            let data: Value = serde_json::from_str(&field(event, "data:")).unwrap();
            assert_eq!(field(event, "id:"), data["position"].to_string());
            (field(event, "event:"), data)
        })
        .collect()
}

#[tokio::test]
async fn a_log_is_read_behind_a_position() {
    let service = Service::start().await;
    let (run, path) = run(&service).await;
    append(&service, run, 4, "one\n").await;
    append(&service, run, 8, "two\n").await;
    let whole = service.get(ROOT, &format!("{path}/log")).await.is(200).json();
    assert_eq!(
        (&whole["text"], &whole["ended"]),
        (&"one\ntwo\n".into(), &false.into())
    );
    let rest = service
        .get(ROOT, &format!("{path}/log?after=4"))
        .await
        .is(200)
        .json();
    assert_eq!((&rest["text"], &rest["position"]), (&"two\n".into(), &8.into()));
}

#[tokio::test]
async fn a_log_is_followed_to_its_end() {
    let service = std::sync::Arc::new(Service::start().await);
    let (run, path) = run(&service).await;
    append(&service, run, 4, "one\n").await;
    let writer = {
        let (service, path) = (service.clone(), path.clone());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(100)).await;
            append(&service, run, 8, "two\n").await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            service
                .ask(ROOT, "POST", &format!("{path}/cancel"), Body::empty())
                .await
                .is(202);
        })
    };
    let answer = follow(&service, &path, None).await.is(200);
    writer.await.unwrap();
    assert_eq!(answer.header("content-type"), "text/event-stream");
    let events = events(&answer);
    let text: String = events
        .iter()
        .map(|(_, data)| data["text"].as_str().unwrap())
        .collect();
    assert_eq!(text, "one\ntwo\n");
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["", "", "end"]);
    assert_eq!(events[2].1["ended"], true);

    let resumed = follow(&service, &path, Some("4")).await.is(200);
    assert!(String::from_utf8_lossy(&resumed.body).contains("two"));
    assert!(!String::from_utf8_lossy(&resumed.body).contains("one"));
}

#[tokio::test]
async fn a_stream_that_cannot_begin_is_a_problem() {
    let service = Service::start().await;
    let (_, path) = run(&service).await;
    for id in ["x", "-1", "99999999999999999999"] {
        follow(&service, &path, Some(id)).await.is_problem(400, "invalid");
    }
    let nowhere = "/api/v1/projects/shop/runs/018f0000-0000-7000-8000-000000000000";
    follow(&service, nowhere, None).await.is_problem(404, "not-found");
}
