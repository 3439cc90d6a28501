//! The OpenAPI document, which is committed so that its changes are seen in review.

use std::path::Path;

use crate::service::Service;

#[test]
fn the_committed_openapi_document_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let current = serde_json::to_string_pretty(&lockkeeper_http::openapi()).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == current,
        "docs/openapi.json is not what the code says: UPDATE=1 cargo test -p lockkeeper-http openapi"
    );
}

#[test]
fn every_operation_documents_its_problems() {
    let document = serde_json::to_value(lockkeeper_http::openapi()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for field in ["title", "version", "license"] {
        assert!(!document["info"][field].is_null(), "{field}");
    }
    let mut identifiers = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            let identifier = operation["operationId"].as_str().unwrap();
            assert!(
                identifiers.insert(identifier.to_owned()),
                "{name}: {identifier} twice"
            );
            assert!(!operation["responses"]["default"].is_null(), "{name}");
            assert!(
                !operation["summary"].as_str().unwrap_or_default().is_empty(),
                "{name}"
            );
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn the_openapi_document_is_served_to_everybody() {
    let service = Service::start().await;
    let request = axum::http::Request::get("/api/v1/openapi.json");
    let answer = service
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await
        .is(200);
    assert_eq!(
        answer.json(),
        serde_json::to_value(lockkeeper_http::openapi()).unwrap()
    );
}
