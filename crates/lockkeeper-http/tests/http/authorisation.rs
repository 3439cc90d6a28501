//! Who may do what. Every operation of the OpenAPI document stands in this table; one that does not fails
//! the test.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::service::{ROOT, Service};

/// What a caller needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Nothing at all.
    Nothing,
    /// A valid token of anybody.
    Token,
    /// An administrator of the server.
    ServerAdmin,
    /// The role in the project; the second one, where there is one, does not do.
    Role(&'static str, Option<&'static str>),
}

/// An operation: its identifier, what it needs, and a body that it takes.
type Row = (&'static str, Needs, fn() -> Value);

const STATE_PATH: &str = "/api/v1/projects/shop/environments/staging/stacks/network/state";

fn nothing() -> Value {
    Value::Null
}

const READ: Needs = Needs::Role("viewer", None);
const AUDIT: Needs = Needs::Role("author", Some("viewer"));
const PROPOSE: Needs = Needs::Role("author", Some("reviewer"));
/// The paths say `author`: a personal state is nobody else's, whatever they hold.
const OWNER: Needs = Needs::Role("author", Some("operator"));
const OPERATE: Needs = Needs::Role("operator", Some("author"));
const ADMINISTER: Needs = Needs::Role("admin", Some("operator"));

/// In an order in which each can be carried out after those before it.
const TABLE: &[Row] = &[
    ("check_health", Needs::Nothing, nothing),
    ("check_readiness", Needs::Nothing, nothing),
    ("show_metrics", Needs::Nothing, nothing),
    ("show_openapi", Needs::Nothing, nothing),
    ("show_caller", Needs::Token, nothing),
    ("list_tokens", Needs::Token, nothing),
    ("list_projects", Needs::Token, nothing),
    (
        "create_token",
        Needs::Token,
        || json!({"label": "x", "expires_in_days": 1}),
    ),
    // Somebody else's token is not there for who may not revoke it.
    ("revoke_token", Needs::ServerAdmin, nothing),
    ("list_users", Needs::ServerAdmin, nothing),
    ("create_user", Needs::ServerAdmin, || json!({"name": "new"})),
    ("disable_user", Needs::ServerAdmin, nothing),
    (
        "create_project",
        Needs::ServerAdmin,
        || json!({"name": "new", "repository": "/nowhere"}),
    ),
    ("show_project", READ, nothing),
    ("list_environments", READ, nothing),
    ("list_stacks", READ, nothing),
    ("list_members", READ, nothing),
    ("list_changes", READ, nothing),
    ("show_change", READ, nothing),
    ("show_plan", READ, nothing),
    ("list_runs", READ, nothing),
    ("show_run", READ, nothing),
    ("read_log", READ, nothing),
    ("list_states", READ, nothing),
    ("list_personal_states", READ, nothing),
    ("list_audit", AUDIT, nothing),
    ("verify_audit", AUDIT, nothing),
    ("export_audit", AUDIT, nothing),
    (
        "create_environment",
        ADMINISTER,
        || json!({"name": "new", "tier": "test"}),
    ),
    (
        "grant_role",
        ADMINISTER,
        || json!({"user": "victim", "role": "viewer"}),
    ),
    (
        "revoke_role",
        ADMINISTER,
        || json!({"user": "victim", "role": "viewer"}),
    ),
    ("read_state", Needs::Role("author", Some("viewer")), nothing),
    (
        "list_state_versions",
        Needs::Role("author", Some("viewer")),
        nothing,
    ),
    (
        "read_state_version",
        Needs::Role("author", Some("viewer")),
        nothing,
    ),
    ("write_state", OPERATE, || json!({"serial": 1, "lineage": "l"})),
    ("lock_state", OPERATE, || json!({"ID": "1"})),
    ("put_state_lock", OPERATE, || json!({"ID": "1"})),
    ("unlock_state", OPERATE, || json!({"ID": "1"})),
    (
        "allow_state_overwrite",
        OPERATE,
        || json!({"reason": "r", "seconds": 60}),
    ),
    ("roll_back_state", OPERATE, || json!({"serial": 1, "reason": "r"})),
    ("import_state", OPERATE, || json!({"serial": 1, "lineage": "l"})),
    ("show_state", READ, nothing),
    ("diff_state", Needs::Role("author", Some("viewer")), nothing),
    (
        "find_state_resources",
        Needs::Role("author", Some("viewer")),
        nothing,
    ),
    (
        "protect_state",
        ADMINISTER,
        || json!({"protected": false, "reason": "r"}),
    ),
    (
        "edit_environment",
        ADMINISTER,
        || json!({"states_protected": false}),
    ),
    ("delete_state", ADMINISTER, nothing),
    ("create_personal_state", OWNER, || json!({"from": "empty"})),
    ("read_personal_state", OWNER, nothing),
    (
        "write_personal_state",
        OWNER,
        || json!({"serial": 1, "lineage": "l"}),
    ),
    ("lock_personal_state", OWNER, || json!({"ID": "1"})),
    ("put_personal_state_lock", OWNER, || json!({"ID": "1"})),
    ("unlock_personal_state", OWNER, || json!({"ID": "1"})),
    ("delete_personal_state", OWNER, nothing),
    ("refresh_personal_state", OWNER, nothing),
    ("remove_personal_state", OWNER, nothing),
    (
        "propose_change",
        PROPOSE,
        || json!({"stack": "network", "ref": "main", "title": "t"}),
    ),
    ("edit_change", PROPOSE, || json!({"title": "u"})),
    ("plan_change", PROPOSE, || json!({})),
    ("tick_change", PROPOSE, || json!({"check": "on-call-notified"})),
    // Without a plan everybody is told that there is none; `only_reviewers_approve_a_plan` looks behind that.
    ("approve_change", READ, || json!({})),
    ("apply_change", OPERATE, || json!({"environment": "staging"})),
    ("roll_back_change", PROPOSE, || json!({})),
    ("cancel_run", OPERATE, nothing),
    ("follow_log", READ, nothing),
    ("close_change", OPERATE, || json!({})),
    ("cancel_change", OPERATE, || json!({})),
];

/// A service with a change, a run, a token and a user of which the requests speak.
struct Stage {
    service: Service,
    run: String,
    token: String,
}

impl Stage {
    async fn set() -> Self {
        let service = Service::start().await;
        service.user("victim").await;
        service.propose(ROOT).await;
        for role in ["viewer", "author", "reviewer", "operator", "admin"] {
            service.member(role, role).await;
        }
        service.user("stranger").await;
        let runs = service
            .get(ROOT, "/api/v1/projects/shop/runs")
            .await
            .is(200)
            .json();
        let token = json!({"user": "victim", "label": "victim", "expires_in_days": 1});
        let token = service.post(ROOT, "/api/v1/tokens", &token).await.is(201).json();
        Self {
            run: runs["items"][0]["id"].as_str().unwrap().to_owned(),
            token: token["token"]["id"].as_str().unwrap().to_owned(),
            service,
        }
    }

    fn fill(&self, path: &str) -> String {
        path.replace("personal/{user}", "personal/author")
            .replace("{project}", "shop")
            .replace("{environment}", "staging")
            .replace("{stack}", "network")
            .replace("{change}", "INFRA-1")
            .replace("{run}", &self.run)
            .replace("{user}", "victim")
            .replace("{token}", &self.token)
            .replace("{version}", "1")
            + match path.rsplit('/').next() {
                Some("import") => "?reason=r",
                Some("state-resources") => "?text=t",
                _ => "",
            }
    }

    /// A fresh token of a user.
    async fn token_of(&self, name: &str) -> String {
        let token = json!({"user": name, "label": "test", "expires_in_days": 1});
        let created = self
            .service
            .post(ROOT, "/api/v1/tokens", &token)
            .await
            .is(201)
            .json();
        created["secret"].as_str().unwrap().to_owned()
    }

    async fn status(&self, authorization: Option<&str>, method: &str, path: &str, body: &Value) -> u16 {
        let mut request = Request::builder()
            .method(method)
            .uri(self.fill(path))
            .header("content-type", "application/json");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let body = if body.is_null() {
            Body::empty()
        } else {
            Body::from(body.to_string())
        };
        self.service
            .send(request.body(body).unwrap())
            .await
            .status
            .as_u16()
    }

    async fn status_of(&self, user: &str, method: &str, path: &str, body: &Value) -> u16 {
        let token = self.token_of(user).await;
        self.status(Some(&format!("Bearer {token}")), method, path, body)
            .await
    }
}

/// Method and path of every operation, by its identifier.
fn documented() -> Vec<(String, String, String)> {
    let document = serde_json::to_value(lockkeeper_http::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let identifier = operation["operationId"].as_str().unwrap();
            found.push((identifier.to_owned(), method.to_uppercase(), path.clone()));
        }
    }
    found
}

#[test]
fn every_operation_stands_in_the_table() {
    let documented: BTreeSet<String> = documented()
        .into_iter()
        .map(|(identifier, ..)| identifier)
        .collect();
    let listed: BTreeSet<String> = TABLE
        .iter()
        .map(|(identifier, ..)| (*identifier).to_owned())
        .collect();
    assert_eq!(documented, listed, "say in TABLE who may call it");
    assert_eq!(listed.len(), TABLE.len());
}

#[tokio::test]
async fn every_operation_asks_who_is_calling_and_what_they_hold() {
    let stage = Stage::set().await;
    let documented = documented();
    for (identifier, needs, body) in TABLE {
        let (_, method, path) = documented.iter().find(|(found, ..)| found == identifier).unwrap();
        let body = body();
        let no_token = stage.status(None, method, path, &body).await;
        if *needs == Needs::Nothing {
            assert_eq!(no_token, 200, "{identifier}");
            continue;
        }
        assert_eq!(no_token, 401, "{identifier} without a token");
        for bad in [
            "Bearer lockkeeper_0000",
            "Basic cm9vdDpyb290",
            "Bearer",
            "nonsense",
        ] {
            let status = stage.status(Some(bad), method, path, &body).await;
            assert_eq!(status, 401, "{identifier} with `{bad}`");
        }
        refuses(&stage, identifier, *needs, method, path, &body).await;
        let user = match needs {
            Needs::Role(role, _) => role,
            Needs::ServerAdmin => "root",
            _ => "stranger",
        };
        let status = stage.status_of(user, method, path, &body).await;
        assert!(
            ![401, 403].contains(&status) && status < 500,
            "{identifier} by {user}: {status}"
        );
    }
}

async fn refuses(stage: &Stage, identifier: &str, needs: Needs, method: &str, path: &str, body: &Value) {
    let refused = |status: u16| [403, 404].contains(&status);
    match needs {
        Needs::Nothing | Needs::Token => {}
        Needs::ServerAdmin => {
            for user in ["stranger", "admin"] {
                let status = stage.status_of(user, method, path, body).await;
                assert!(refused(status), "{identifier} by {user}: {status}");
            }
        }
        Needs::Role(_, lacking) => {
            let status = stage.status_of("stranger", method, path, body).await;
            assert!(refused(status), "{identifier} by a stranger: {status}");
            if let Some(role) = lacking {
                let status = stage.status_of(role, method, path, body).await;
                assert_eq!(status, 403, "{identifier} by {role}");
            }
        }
    }
}

#[tokio::test]
async fn only_reviewers_approve_a_plan() {
    let stage = Stage::set().await;
    stage.service.carry_out_runs().await;
    let path = "/api/v1/projects/shop/changes/INFRA-1/approve";
    for role in ["viewer", "author", "operator", "admin"] {
        let token = stage.token_of(role).await;
        stage
            .service
            .post(&token, path, &json!({}))
            .await
            .is_problem(403, "forbidden");
        // Naming the function does not give it.
        let named = json!({"role": "devops-lead"});
        stage
            .service
            .post(&token, path, &named)
            .await
            .is_problem(403, "forbidden");
    }
    let reviewer = stage.token_of("reviewer").await;
    let other = json!({"role": "security"});
    stage
        .service
        .post(&reviewer, path, &other)
        .await
        .is_problem(403, "forbidden");
    // Who may approve says which plan they saw.
    stage
        .service
        .post(&reviewer, path, &json!({}))
        .await
        .is_problem(400, "invalid");
    let seen = stage
        .service
        .get(&reviewer, "/api/v1/projects/shop/changes/INFRA-1")
        .await
        .is(200)
        .json();
    let seen = json!({"plan_digest": seen["stages"][0]["plan"]["digest"]});
    let change = stage.service.post(&reviewer, path, &seen).await.is(200).json();
    assert_eq!(change["stages"][0]["approvals"][0]["user"], "reviewer");
    stage
        .service
        .post(&reviewer, path, &json!({}))
        .await
        .is_problem(409, "conflict");
}

#[tokio::test]
async fn tokens_that_ended_open_nothing() {
    let stage = Stage::set().await;
    let token = stage.token_of("viewer").await;
    let bearer = format!("Bearer {token}");
    let path = "/api/v1/projects/shop";
    assert_eq!(stage.status(Some(&bearer), "GET", path, &Value::Null).await, 200);
    let tokens = stage.service.get(&token, "/api/v1/tokens").await.is(200).json();
    let newest = tokens["items"].as_array().unwrap().last().unwrap();
    let revoke = format!("/api/v1/tokens/{}", newest["id"].as_str().unwrap());
    stage
        .service
        .ask(&token, "DELETE", &revoke, Body::empty())
        .await
        .is(204);
    assert_eq!(stage.status(Some(&bearer), "GET", path, &Value::Null).await, 401);
    let token = stage.token_of("viewer").await;
    stage
        .service
        .ask(ROOT, "POST", "/api/v1/users/viewer/disable", Body::empty())
        .await
        .is(200);
    stage
        .service
        .get(&token, path)
        .await
        .is_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_role_in_one_environment_counts_there_only() {
    let stage = Stage::set().await;
    let member = json!({"user": "victim", "role": "operator", "environment": "staging"});
    stage
        .service
        .post(ROOT, "/api/v1/projects/shop/members", &member)
        .await
        .is(204);
    let token = stage.token_of("victim").await;
    let state =
        |environment: &str| format!("/api/v1/projects/shop/environments/{environment}/stacks/network/state");
    let lock = json!({"ID": "1"}).to_string();
    stage
        .service
        .ask(&token, "LOCK", &state("staging"), lock.clone())
        .await
        .is(200);
    stage
        .service
        .ask(&token, "LOCK", &state("production"), lock)
        .await
        .is_problem(403, "forbidden");
    stage
        .service
        .get(&token, &state("production"))
        .await
        .is_problem(403, "forbidden");
}

#[tokio::test]
async fn the_token_of_a_run_is_good_for_its_state_only() {
    use lockkeeper_domain::id::StateId;
    use lockkeeper_store::tables::tokens;
    let stage = Stage::set().await;
    let service = &stage.service;
    let state = "/api/v1/projects/shop/environments/staging/stacks/network/state";
    let lock = json!({"ID": "1"}).to_string();
    service.ask(ROOT, "LOCK", state, lock.clone()).await.is(200);
    service.ask(ROOT, "UNLOCK", state, lock.clone()).await.is(200);
    let id: StateId = state_id(service).await;
    let mut transaction = service.app.database.write().await.unwrap();
    let hash = lockkeeper_usecases::clock::token_hash("lockkeeper_run");
    let until = service.app.now() + std::time::Duration::from_secs(60);
    tokens::insert_for_run(&mut transaction, &hash, stage.run.parse().unwrap(), id, until)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    service.ask("lockkeeper_run", "LOCK", state, lock).await.is(200);
    service.get("lockkeeper_run", state).await.is(204);
    let other = state.replace("staging", "production");
    service
        .get("lockkeeper_run", &other)
        .await
        .is_problem(403, "forbidden");
    // The run was asked for by an administrator of the server; its token is none.
    for path in [
        "/api/v1/caller",
        "/api/v1/tokens",
        "/api/v1/users",
        "/api/v1/projects",
        "/api/v1/projects/shop",
    ] {
        service
            .get("lockkeeper_run", path)
            .await
            .is_problem(403, "forbidden");
    }
    let token = json!({"label": "x", "expires_in_days": 1});
    service
        .post("lockkeeper_run", "/api/v1/tokens", &token)
        .await
        .is_problem(403, "forbidden");
    service
        .ask("lockkeeper_run", "DELETE", state, Body::empty())
        .await
        .is_problem(403, "forbidden");
}

/// The token that `lockkeeper tf` lends to Terraform.
async fn lent(service: &Service, token: &str, personal: bool) -> String {
    let state =
        json!({"project": "shop", "environment": "staging", "stack": "network", "personal": personal});
    let new = json!({"label": "tf", "expires_in_days": 1, "state": state});
    let made = service.post(token, "/api/v1/tokens", &new).await.is(201).json();
    assert_eq!(made["token"]["state"], state);
    made["secret"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_lent_token_opens_the_protocol_of_its_state_and_nothing_else() {
    let stage = Stage::set().await;
    let service = &stage.service;
    let (root, shared) = (lent(service, ROOT, false).await, STATE_PATH);
    let own = [shared.to_owned(), format!("{shared}/lock")];
    for (identifier, method, path) in documented() {
        let (_, needs, body) = TABLE.iter().find(|(found, ..)| *found == identifier).unwrap();
        if *needs == Needs::Nothing || own.contains(&stage.fill(&path)) {
            continue;
        }
        let bearer = format!("Bearer {root}");
        let status = stage.status(Some(&bearer), &method, &path, &body()).await;
        assert_eq!(status, 403, "{identifier}");
    }
    // Its user deletes states; the tool does not.
    service
        .ask(&root, "DELETE", shared, Body::empty())
        .await
        .is_problem(403, "forbidden");
    for other in [
        shared.replace("staging", "production"),
        shared.replace("network", "other"),
        shared.replace("shop", "nowhere"),
    ] {
        service.get(&root, &other).await.is_problem(403, "forbidden");
    }

    let lock = json!({"ID": "1"}).to_string();
    let body = json!({"version": 4, "serial": 1, "lineage": "l"}).to_string();
    let author = stage.token_of("author").await;
    let personal = shared.replace("/state", "/personal/author/state");
    let path = personal.trim_end_matches("/state");
    service
        .ask(&author, "PUT", path, json!({"from": "empty"}).to_string())
        .await;
    let author = lent(service, &author, true).await;
    service.get(&author, shared).await.is_problem(403, "forbidden");
    for (token, path) in [(&root, shared), (&author, personal.as_str())] {
        service.ask(token, "LOCK", path, lock.clone()).await.is(200);
        service
            .ask(token, "POST", &format!("{path}?ID=1"), body.clone())
            .await
            .is(200);
        service.get(token, path).await.is(200);
        service.ask(token, "UNLOCK", path, lock.clone()).await.is(200);
    }
    // What its user may not do, it may not do either.
    let viewer = lent(service, &stage.token_of("viewer").await, false).await;
    service.get(&viewer, shared).await.is_problem(403, "forbidden");
}

#[tokio::test]
async fn a_token_of_ones_own_does_not_outlive_the_one_that_makes_it() {
    let stage = Stage::set().await;
    let viewer = stage.token_of("viewer").await;
    let new = |days: u16| json!({"label": "x", "expires_in_days": days});
    let refused = stage.service.post(&viewer, "/api/v1/tokens", &new(2)).await;
    refused.is_problem(403, "forbidden");
    let tokens = stage.service.get(&viewer, "/api/v1/tokens").await.is(200).json();
    let own = tokens["items"].as_array().unwrap().last().unwrap();
    let made = stage.service.post(&viewer, "/api/v1/tokens", &new(1)).await;
    assert_eq!(made.is(201).json()["token"]["expires_at"], own["expires_at"]);
}

async fn state_id(service: &Service) -> lockkeeper_domain::id::StateId {
    use lockkeeper_store::tables::{environments, projects, states};
    let mut transaction = service.app.database.read().await.unwrap();
    let name = |text: &str| text.parse().unwrap();
    let project = projects::by_name(&mut transaction, &name("shop"))
        .await
        .unwrap()
        .unwrap();
    let staging = environments::by_name(&mut transaction, *project.id, &name("staging"))
        .await
        .unwrap()
        .unwrap();
    let state = states::find(
        &mut transaction,
        *staging.id,
        *project.id,
        &name("network"),
        states::SHARED,
    )
    .await
    .unwrap();
    *state.unwrap().id
}
