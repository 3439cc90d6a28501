//! A service to ask, with a project, its repository and users.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_domain::effect::{Action, Effect};
use lockkeeper_domain::secret::Secret;
use lockkeeper_engine::contract::{PlanFile, Planned};
use lockkeeper_engine::fake::FakeEngine;
use lockkeeper_http::{HttpSettings, router};
use lockkeeper_store::Database;
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::keyring::RootKey;
use lockkeeper_store::tables::jobs;
use lockkeeper_testkit::repository::Repository;
use lockkeeper_usecases::app::Settings;
use lockkeeper_usecases::clock::{Clock, SystemClock};
use lockkeeper_usecases::{App, people, runs};
use serde_json::{Value, json};
use tower::ServiceExt;

/// The token of the server's first administrator.
pub(crate) const ROOT: &str = "lockkeeper_root";
/// The largest body other than a state.
pub(crate) const MAX_REQUEST: usize = 64 * 1024;
/// The largest state.
pub(crate) const MAX_STATE: usize = 256 * 1024;

const CONFIGURATION: &str = "[stacks.network]\nfolder = \"environments/{environment}/network\"\nowner = \"platform\"\n\
    rollback = \"Apply the previous revision.\"\n";

pub(crate) struct Service {
    pub(crate) app: Arc<App>,
    pub(crate) repository: Repository,
    router: Router,
    _data: tempfile::TempDir,
}

/// What the service answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that it is a problem with the status and kind.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, kind: &str) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(
            problem["type"],
            format!("urn:lockkeeper:problem:{kind}"),
            "{problem}"
        );
        assert_eq!(problem["status"], status);
        assert!(!problem["detail"].as_str().unwrap().is_empty());
        problem
    }

    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }
}

impl Service {
    /// A service with the project `shop`, whose environments are staging and production.
    pub(crate) async fn start() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let repository = Repository::with_files(&[
            (".lockkeeper/project.toml", CONFIGURATION),
            ("environments/staging/network/main.tf", "# staging\n"),
            ("environments/production/network/main.tf", "# production\n"),
        ]);
        let data = tempfile::tempdir().unwrap();
        let database = Database::open_sqlite(&data.path().join("lockkeeper.db"))
            .await
            .unwrap();
        database
            .unlock(&RootKey::new([7; 32]), Clock::now(&SystemClock))
            .await
            .unwrap();
        let key = database.keyring().server_key().unwrap();
        let blobs = Blobs::open(&data.path().join("blobs"), &database).unwrap();
        let settings = Settings {
            data: data.path().to_owned(),
            own_address: "http://127.0.0.1:7070".to_owned(),
            run_time_limit: Duration::from_secs(60),
            max_state_bytes: MAX_STATE,
            backups: None,
            retention: lockkeeper_domain::state_retention::Retention { versions: 0, days: 0 },
        };
        let engine = Arc::new(FakeEngine::new().plans(Ok(planned())).plans(Ok(planned())));
        let app = App::new(database, blobs, key, Arc::new(SystemClock), engine, settings).unwrap();
        let app = Arc::new(app);
        let root = "root".parse().unwrap();
        people::bootstrap(&app, &root, Some(Secret::new(ROOT)))
            .await
            .unwrap();
        let limits = HttpSettings {
            max_request_bytes: MAX_REQUEST,
            max_state_bytes: MAX_STATE,
        };
        let router = router(app.clone(), limits);
        let service = Self {
            app,
            repository,
            router,
            _data: data,
        };
        service.make_project().await;
        service
    }

    async fn make_project(&self) {
        let path = self.repository.path().to_str().unwrap();
        let project = json!({"name": "shop", "repository": path});
        self.post(ROOT, "/api/v1/projects", &project).await.is(201);
        let environments = "/api/v1/projects/shop/environments";
        let staging = json!({"name": "staging", "tier": "staging"});
        self.post(ROOT, environments, &staging).await.is(201);
        let production = json!({"name": "production", "tier": "production", "promotes_from": "staging"});
        self.post(ROOT, environments, &production).await.is(201);
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_vec(),
        }
    }

    /// Sends a request with a token.
    pub(crate) async fn ask(&self, token: &str, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        let request = Request::builder()
            .method(Method::from_bytes(method.as_bytes()).unwrap())
            .uri(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, Body::empty()).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.ask(token, "POST", path, body.to_string()).await
    }

    /// Makes a user and answers a token of theirs.
    pub(crate) async fn user(&self, name: &str) -> String {
        self.post(ROOT, "/api/v1/users", &json!({"name": name}))
            .await
            .is(201);
        let token = json!({"user": name, "label": "test", "expires_in_days": 1});
        let created = self.post(ROOT, "/api/v1/tokens", &token).await.is(201).json();
        created["secret"].as_str().unwrap().to_owned()
    }

    /// Makes a user who holds the role in the project, and answers a token of theirs.
    pub(crate) async fn member(&self, name: &str, role: &str) -> String {
        let token = self.user(name).await;
        let mut member = json!({"user": name, "role": role});
        if role == "reviewer" {
            member["function"] = json!("devops-lead");
        }
        self.post(ROOT, "/api/v1/projects/shop/members", &member)
            .await
            .is(204);
        token
    }

    /// Carries out every run that waits, as a worker does.
    pub(crate) async fn carry_out_runs(&self) {
        loop {
            let now = self.app.now();
            let mut transaction = self.app.database.write().await.unwrap();
            let server = self.app.servers.id();
            let job = jobs::claim(&mut transaction, now, server).await.unwrap();
            transaction.commit().await.unwrap();
            let Some(job) = job else { return };
            let (id, run, attempt) = (*job.id, *job.run_id, job.attempt);
            let claimed = runs::ClaimedJob { id, run, attempt };
            runs::execute(&self.app, claimed).await.unwrap();
        }
    }

    /// Proposes a change and answers it.
    pub(crate) async fn propose(&self, token: &str) -> Value {
        let change = json!({"stack": "network", "ref": "main", "title": "Add a cache", "why": "PROJ-456", "again": true});
        self.post(token, "/api/v1/projects/shop/changes", &change)
            .await
            .is(201)
            .json()
    }
}

/// A plan that creates one thing.
fn planned() -> Planned {
    let check = |name| CheckResult {
        name,
        passed: true,
        findings: Vec::new(),
    };
    Planned {
        effects: vec![Effect::new(
            "terraform_data.cache",
            "terraform_data",
            "terraform",
            Action::Create,
        )],
        document: serde_json::Value::Null,
        plan_file: PlanFile(b"plan".to_vec()),
        checks: vec![check(CheckName::Fmt), check(CheckName::Validate)],
        tool: "Terraform 1.11.4".to_owned(),
    }
}
