//! Lists come in pages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::service::{ROOT, Service};

/// Every page of a list, of two items each.
async fn pages(service: &Service, path: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = service
            .get(ROOT, &format!("{path}?limit=2{cursor}"))
            .await
            .is(200)
            .json();
        pages.push(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
        assert!(pages.len() < 20, "{path} does not end");
    }
}

#[tokio::test]
async fn every_list_ends_and_repeats_nothing() {
    let service = Service::start().await;
    for name in ["ann", "ben", "cid"] {
        service.member(name, "viewer").await;
        service.propose(ROOT).await;
        let project = json!({"name": name, "repository": "/nowhere"});
        service.post(ROOT, "/api/v1/projects", &project).await.is(201);
        let environment = json!({"name": name, "tier": "test"});
        service
            .post(ROOT, "/api/v1/projects/shop/environments", &environment)
            .await
            .is(201);
        let state = format!("/api/v1/projects/shop/environments/{name}/stacks/network/state");
        let (lock, state_body) = (
            json!({"ID": "1"}),
            |serial: i64| json!({"serial": serial, "lineage": "l"}),
        );
        service.ask(ROOT, "LOCK", &state, lock.to_string()).await.is(200);
        for serial in 1..=3 {
            service
                .post(ROOT, &format!("{state}?ID=1"), &state_body(serial))
                .await
                .is(200);
        }
    }
    let shop = "/api/v1/projects/shop";
    for (path, count) in [
        ("/api/v1/users".to_owned(), 4),
        ("/api/v1/tokens".to_owned(), 4),
        ("/api/v1/projects".to_owned(), 4),
        (format!("{shop}/environments"), 5),
        (format!("{shop}/members"), 3),
        (format!("{shop}/stacks"), 1),
        (format!("{shop}/changes"), 3),
        (format!("{shop}/runs"), 6),
        (
            format!("{shop}/environments/ann/stacks/network/state/versions"),
            3,
        ),
    ] {
        let pages = pages(&service, &path).await;
        let all: Vec<Value> = pages.iter().flatten().cloned().collect();
        assert_eq!(all.len(), count, "{path}: {all:#?}");
        assert!(pages.iter().rev().skip(1).all(|page| page.len() == 2), "{path}");
        for (index, item) in all.iter().enumerate() {
            assert!(!all[..index].contains(item), "{path}: {item} twice");
        }
    }
    let entries: Vec<Value> = pages(&service, &format!("{shop}/audit")).await.concat();
    let mut next = BTreeMap::new();
    for entry in entries.iter().rev() {
        let next = next.entry(entry["chain"].as_str().unwrap()).or_insert(1);
        assert_eq!(entry["sequence"], *next, "{entry}");
        *next += 1;
    }
    assert!(next.len() > 1, "the states have chains of their own");
    let all: Value = service
        .get(ROOT, &format!("{shop}/audit/verify"))
        .await
        .is(200)
        .json();
    assert_eq!(
        (&all["entries"], &all["chains"]),
        (&json!(entries.len()), &json!(next.len()))
    );
}

#[tokio::test]
async fn a_page_takes_50_when_nothing_is_asked() {
    let service = Service::start().await;
    for number in 0..51 {
        let user = json!({"name": format!("user-{number}")});
        service.post(ROOT, "/api/v1/users", &user).await.is(201);
    }
    let page = service.get(ROOT, "/api/v1/users").await.is(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 50);
    assert!(page["next_cursor"].is_string());
    let page = service.get(ROOT, "/api/v1/users?limit=200").await.is(200).json();
    assert_eq!(page["items"].as_array().unwrap().len(), 52);
    assert!(page["next_cursor"].is_null());
}

#[tokio::test]
async fn the_export_has_every_entry_oldest_first() {
    let service = Service::start().await;
    service.user("bob").await;
    let members = "/api/v1/projects/shop/members";
    let member =
        |function: usize| json!({"user": "bob", "role": "reviewer", "function": format!("f{function}")});
    for function in 0..201 {
        service.post(ROOT, members, &member(function)).await.is(204);
    }
    let answer = service
        .get(ROOT, "/api/v1/projects/shop/audit/export")
        .await
        .is(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    let text = String::from_utf8(answer.body.clone()).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4 + 201);
    for (index, line) in lines.iter().enumerate() {
        assert_eq!(line["sequence"], index + 1);
    }
    let verified = service
        .get(ROOT, "/api/v1/projects/shop/audit/verify")
        .await
        .is(200)
        .json();
    assert_eq!(
        (&verified["intact"], &verified["entries"]),
        (&json!(true), &json!(205))
    );
    let checkpoint = verified["checkpoint"].as_str().unwrap();
    let last = format!("205:{}", lines[204]["hash"].as_str().unwrap());
    assert_eq!(checkpoint, last);
    let path = format!("/api/v1/projects/shop/audit/verify?checkpoint={checkpoint}");
    assert_eq!(service.get(ROOT, &path).await.is(200).json()["intact"], true);
    let other = format!(
        "/api/v1/projects/shop/audit/verify?checkpoint=205:{}",
        "ab".repeat(32)
    );
    let broken = service.get(ROOT, &other).await.is(200).json();
    assert_eq!(broken["intact"], false);
    assert!(broken["checkpoint"].is_null());
}
