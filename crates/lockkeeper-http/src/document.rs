//! The OpenAPI document, made from the operations.

use std::sync::LazyLock;

use lockkeeper_api::types::problem::Problem;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use crate::problem::PROBLEM_JSON;
use crate::routes;

/// What stands at the head of the document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lockkeeper",
        description = "Changes to infrastructure: planned, classed, gated, applied, verified and recorded. \
            Errors are RFC 9457 problems. Lists come in pages with opaque cursors. A POST with an \
            `Idempotency-Key` header is carried out once, however often it is sent.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    components(schemas(Problem)),
    security(("bearer" = []), ("basic" = [])),
    tags(
        (name = "people", description = "Users, their tokens, and who is calling."),
        (name = "projects", description = "Projects, environments, stacks and members."),
        (name = "changes", description = "Changes, from proposal to close."),
        (name = "runs", description = "Plans and applies at work, and their logs."),
        (name = "states", description = "Terraform states, and the protocol of Terraform's `http` backend."),
        (name = "personal states", description = "Each developer's own copy of a stack's state."),
        (name = "audit", description = "The audit log."),
        (name = "server", description = "The server itself.")
    )
)]
struct Document;

/// The OpenAPI 3.1 document of every operation.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(routes::all().into_openapi());
    let components = document.components.get_or_insert_default();
    let scheme = |scheme, description: &str| {
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(scheme)
                .description(Some(description))
                .build(),
        )
    };
    components.add_security_scheme("bearer", scheme(HttpAuthScheme::Bearer, "An API token."));
    components.add_security_scheme(
        "basic",
        scheme(
            HttpAuthScheme::Basic,
            "An API token as the password; the user name does not matter.",
        ),
    );
    components
        .responses
        .insert("Problem".to_owned(), RefOr::T(problem()));
    for (path, item) in &mut document.paths.paths {
        for operation in operations(item) {
            describe(operation, path);
        }
    }
    document
}

fn problem() -> Response {
    let schema = Ref::from_schema_name("Problem");
    ResponseBuilder::new()
        .description("What went wrong, why, and what to do next (RFC 9457).")
        .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(schema)).build())
        .build()
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}

/// Adds the refusals that an operation may answer, by what it takes.
fn describe(operation: &mut Operation, path: &str) {
    let mut statuses = vec!["default"];
    if operation.security.is_none() {
        statuses.extend(["401", "403"]);
    }
    if path.contains('{') {
        statuses.extend(["400", "404"]);
    }
    if operation.parameters.as_ref().is_some_and(|all| !all.is_empty()) {
        statuses.push("400");
    }
    if operation.request_body.is_some() {
        statuses.extend(["400", "409", "413", "415"]);
    }
    if path.contains("/changes/{change}") {
        statuses.extend(["409", "412"]);
    }
    for status in statuses {
        let reference = RefOr::Ref(Ref::from_response_name("Problem"));
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert(reference);
    }
}

/// Answers this document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "server",
    security(()),
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value))
)]
pub(crate) async fn show_openapi() -> axum::Json<&'static serde_json::Value> {
    static DOCUMENT: LazyLock<serde_json::Value> =
        LazyLock::new(|| serde_json::to_value(openapi()).unwrap_or_default());
    axum::Json(&DOCUMENT)
}
