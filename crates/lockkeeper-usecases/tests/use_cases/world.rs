//! A server without its surfaces: the use cases, a repository, and an engine that does as it is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::check::{CheckName, CheckResult};
use lockkeeper_domain::effect::{Action, Effect};
use lockkeeper_domain::id::StateVersionId;
use lockkeeper_domain::name::{ChangeKey, Name};
use lockkeeper_domain::role::{Membership, Role};
use lockkeeper_domain::secret::Secret;
use lockkeeper_domain::state_retention::Retention;
use lockkeeper_engine::contract::{
    Applied, Engine, EngineError, PlanFile, Planned, RunControl, Target, Workspace,
};
use lockkeeper_store::Database;
use lockkeeper_store::blobs::Blobs;
use lockkeeper_store::keyring::RootKey;
use lockkeeper_store::tables::jobs;
use lockkeeper_store::tables::states::StateVersionRow;
use lockkeeper_testkit::repository::Repository;
use lockkeeper_usecases::app::Settings;
use lockkeeper_usecases::changes::{self, Approval, ChangeRecord, NewChange, When};
use lockkeeper_usecases::clock::{Clock, SystemClock};
use lockkeeper_usecases::projects::{self, NewEnvironment};
use lockkeeper_usecases::runs::{self, ClaimedJob};
use lockkeeper_usecases::states::{self, Imported, ImportedState, StateAddress};
use lockkeeper_usecases::{App, Caller, UseCaseError, people};
use tokio::sync::oneshot;
use uuid::Uuid;

/// The project's only stack, and the probe that its verification makes.
pub(crate) const PROJECT: &str = "[stacks.network]\nfolder = \"environments/{environment}/network\"\n\
    owner = \"platform\"\nrollback = \"Apply the previous revision.\"\n";

/// What a state that was left behind is called.
const LEFT: &str = "left.tfstate";

/// The token of a run that plans, and what lets it go on.
pub(crate) type Planning = (String, oneshot::Sender<()>);

/// An engine whose plans have the effects that it was given last. Each plan file is the same, byte for byte.
#[derive(Default)]
pub(crate) struct TestEngine {
    effects: Mutex<Vec<Effect>>,
    fails: Mutex<bool>,
    fails_plans: Mutex<bool>,
    takes: Mutex<Duration>,
    leaves: Mutex<Option<String>>,
    watcher: Mutex<Option<oneshot::Sender<Planning>>>,
    pub(crate) applies: AtomicUsize,
}

impl TestEngine {
    /// What plans do from now on.
    pub(crate) fn plans(&self, effects: &[Effect]) {
        *self.effects.lock().unwrap() = effects.to_vec();
    }

    /// Whether applies fail from now on.
    pub(crate) fn fails(&self, fails: bool) {
        *self.fails.lock().unwrap() = fails;
    }

    /// Whether plans fail from now on.
    pub(crate) fn fails_plans(&self, fails: bool) {
        *self.fails_plans.lock().unwrap() = fails;
    }

    /// How long applies take from now on.
    pub(crate) fn takes(&self, time: Duration) {
        *self.takes.lock().unwrap() = time;
    }

    /// The state that plans and applies leave behind from now on.
    pub(crate) fn leaves(&self, state: &str) {
        *self.leaves.lock().unwrap() = Some(state.to_owned());
    }

    fn leave(&self, workspace: &Workspace) {
        if let Some(state) = &*self.leaves.lock().unwrap() {
            std::fs::write(workspace.directory.join(LEFT), state).unwrap();
        }
    }

    fn failure(&self, step: &str, workspace: &Workspace) -> EngineError {
        EngineError::Failed {
            step: step.to_owned(),
            exit_code: 1,
            message: "told to".to_owned(),
            stranded_state: self.stranded_state(workspace),
        }
    }

    /// Holds the next plan, and answers its token.
    pub(crate) fn during_the_next_plan(&self) -> oneshot::Receiver<Planning> {
        let (sender, receiver) = oneshot::channel();
        *self.watcher.lock().unwrap() = Some(sender);
        receiver
    }
}

#[async_trait]
impl Engine for TestEngine {
    async fn plan(
        &self,
        workspace: &Workspace,
        target: &Target,
        _: &mut RunControl<'_>,
    ) -> Result<Planned, EngineError> {
        self.leave(workspace);
        let watcher = self.watcher.lock().unwrap().take();
        if let Some(watcher) = watcher {
            let (go_on, wait) = oneshot::channel();
            watcher
                .send((target.state.password.expose().to_owned(), go_on))
                .unwrap();
            wait.await.unwrap();
        }
        if *self.fails_plans.lock().unwrap() {
            return Err(self.failure("test plan", workspace));
        }
        let passed = |name| CheckResult {
            name,
            passed: true,
            findings: vec![],
        };
        Ok(Planned {
            effects: self.effects.lock().unwrap().clone(),
            document: serde_json::Value::Null,
            plan_file: PlanFile(b"the same plan".to_vec()),
            checks: vec![passed(CheckName::Fmt), passed(CheckName::Validate)],
            tool: "Test 1".to_owned(),
        })
    }

    async fn apply(
        &self,
        _: &PlanFile,
        workspace: &Workspace,
        _: &Target,
        _: &mut RunControl<'_>,
    ) -> Result<Applied, EngineError> {
        self.leave(workspace);
        self.applies.fetch_add(1, Ordering::SeqCst);
        let takes = *self.takes.lock().unwrap();
        tokio::time::sleep(takes).await;
        if *self.fails.lock().unwrap() {
            return Err(self.failure("test apply", workspace));
        }
        Ok(Applied {
            outputs: BTreeMap::new(),
        })
    }

    fn stranded_state(&self, workspace: &Workspace) -> Option<PathBuf> {
        let path = workspace.directory.join(LEFT);
        path.is_file().then_some(path)
    }
}

pub(crate) struct World {
    pub(crate) app: Arc<App>,
    pub(crate) engine: Arc<TestEngine>,
    pub(crate) repository: Repository,
    pub(crate) root: Caller,
    pub(crate) project: Name,
    _data: tempfile::TempDir,
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// A new object: low.
pub(crate) fn addition(address: &str) -> Effect {
    Effect::new(address, "terraform_data", "terraform", Action::Create)
}

/// A state of these resources.
pub(crate) fn state(serial: i64, lineage: &str, resources: &str) -> String {
    format!(
        r#"{{"version":4,"terraform_version":"1.11.4","serial":{serial},"lineage":"{lineage}","outputs":{{}},"resources":[{resources}]}}"#
    )
}

impl World {
    /// The project `shop`, whose production promotes from staging.
    pub(crate) async fn new() -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let repository = Repository::with_files(&[
            (".lockkeeper/project.toml", PROJECT),
            ("environments/staging/network/main.tf", "# staging\n"),
            ("environments/production/network/main.tf", "# production\n"),
        ]);
        let data = tempfile::tempdir().unwrap();
        let engine = Arc::new(TestEngine::default());
        engine.plans(&[addition("terraform_data.one")]);
        let app = Arc::new(open(data.path(), engine.clone()).await);
        people::bootstrap(&app, &name("root"), Some(Secret::new("root")))
            .await
            .unwrap();
        let root = people::authenticate(&app, "root").await.unwrap();
        let project = name("shop");
        let world = Self {
            app,
            engine,
            repository,
            root,
            project,
            _data: data,
        };
        world.make_project().await;
        world
    }

    /// A server that was never started.
    pub(crate) async fn without_users() -> (App, tempfile::TempDir) {
        rustls::crypto::ring::default_provider().install_default().ok();
        let data = tempfile::tempdir().unwrap();
        let app = open(data.path(), Arc::new(TestEngine::default())).await;
        (app, data)
    }

    /// A server on a database of its own, with one user.
    pub(crate) async fn on(database: Database) -> (App, Caller, tempfile::TempDir) {
        rustls::crypto::ring::default_provider().install_default().ok();
        let data = tempfile::tempdir().unwrap();
        let app = open_on(database, data.path(), Arc::new(TestEngine::default())).await;
        people::bootstrap(&app, &name("root"), Some(Secret::new("root")))
            .await
            .unwrap();
        let root = people::authenticate(&app, "root").await.unwrap();
        (app, root, data)
    }

    async fn make_project(&self) {
        let path = self.repository.path().to_str().unwrap();
        projects::create_project(&self.app, &self.root, &self.project, path, None)
            .await
            .unwrap();
        for (new, tier, parent) in [
            ("staging", "staging", None),
            ("production", "production", Some("staging")),
        ] {
            let new = NewEnvironment {
                name: name(new),
                tier: tier.parse().unwrap(),
                promotes_from: parent.map(name),
            };
            projects::create_environment(&self.app, &self.root, &self.project, &new)
                .await
                .unwrap();
        }
    }

    /// A user who holds the role, perhaps in one environment only.
    pub(crate) async fn member(&self, who: &str, role: Role, environment: Option<&str>) -> Caller {
        let who = name(who);
        people::create_user(&self.app, &self.root, &who, false)
            .await
            .unwrap();
        let membership = Membership {
            role,
            environment: environment.map(name),
        };
        projects::grant_role(&self.app, &self.root, &self.project, &who, &membership)
            .await
            .unwrap();
        let new = people::NewToken {
            user: Some(who),
            label: "test".to_owned(),
            expires_in_days: 1,
            state: None,
        };
        let (token, _) = people::create_token(&self.app, &self.root, &new).await.unwrap();
        people::authenticate(&self.app, token.expose()).await.unwrap()
    }

    /// Somebody who proposes.
    pub(crate) async fn author(&self) -> Caller {
        self.member("author", Role::Author, None).await
    }

    pub(crate) fn new_change(&self, reference: &str, environments: &[&str]) -> NewChange {
        NewChange {
            stack: name("network"),
            reference: reference.to_owned(),
            title: "A change".to_owned(),
            why: String::new(),
            declared_class: None,
            rollback: None,
            environments: environments.iter().copied().map(name).collect(),
            again: true,
        }
    }

    /// Proposes `main`, and makes its plans.
    pub(crate) async fn planned(&self, caller: &Caller) -> ChangeKey {
        let new = self.new_change("main", &[]);
        let record = changes::propose_change(&self.app, caller, &self.project, &new)
            .await
            .unwrap()
            .record;
        self.work().await;
        key(&record)
    }

    /// Approves the plan of an environment.
    pub(crate) async fn approve(&self, caller: &Caller, key: &ChangeKey, environment: &str) {
        let approval = Approval {
            environment: Some(name(environment)),
            plan_digest: Some(self.digest(key, environment).await),
            ..Approval::default()
        };
        changes::approve_change(&self.app, caller, &self.project, key, &approval)
            .await
            .unwrap();
    }

    /// The digest of the current plan of an environment.
    pub(crate) async fn digest(&self, key: &ChangeKey, environment: &str) -> String {
        let mut stages = self.show(key).await.stages.into_iter();
        let stage = stages.find(|stage| *stage.stage.environment_name == name(environment));
        stage.unwrap().plan.unwrap().digest
    }

    /// Queues an apply.
    pub(crate) async fn queue(
        &self,
        caller: &Caller,
        key: &ChangeKey,
        environment: &str,
    ) -> Result<(), UseCaseError> {
        let environment = name(environment);
        changes::apply_change(&self.app, caller, &self.project, key, &environment, When::Now)
            .await
            .map(drop)
    }

    /// Approves, applies and waits.
    pub(crate) async fn carry_out(&self, caller: &Caller, key: &ChangeKey, environment: &str) {
        self.approve(caller, key, environment).await;
        self.queue(caller, key, environment).await.unwrap();
        self.work().await;
    }

    /// Claims the next job, as a worker does.
    pub(crate) async fn claim(&self) -> Option<ClaimedJob> {
        let now = self.app.now();
        let mut transaction = self.app.database.write().await.unwrap();
        let row = jobs::claim(&mut transaction, now, self.app.servers.id())
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        row.map(|row| ClaimedJob {
            id: *row.id,
            run: *row.run_id,
            attempt: row.attempt,
        })
    }

    /// Carries out all that is queued.
    pub(crate) async fn work(&self) {
        while let Some(job) = self.claim().await {
            runs::execute(&self.app, job).await.unwrap();
        }
    }

    /// The jobs that are at work.
    pub(crate) async fn at_work(&self) -> usize {
        let mut transaction = self.app.database.read().await.unwrap();
        jobs::at_work(&mut transaction).await.unwrap().len()
    }

    /// The state that everybody shares in staging.
    pub(crate) fn staging(&self) -> StateAddress {
        StateAddress {
            project: self.project.clone(),
            environment: name("staging"),
            stack: name("network"),
            owner: None,
        }
    }

    /// Brings a state in, into staging.
    pub(crate) async fn bring_in(&self, body: String) -> Result<Imported, UseCaseError> {
        let import = ImportedState {
            body: body.into(),
            reason: "a test".to_owned(),
            replace: true,
        };
        states::import_state(&self.app, &self.root, &self.staging(), import).await
    }

    /// The versions that are kept of staging, the newest first.
    pub(crate) async fn versions(&self) -> Vec<StateVersionRow> {
        let newest = StateVersionId::new(Uuid::max());
        states::list_versions(&self.app, &self.root, &self.staging(), newest, 1000)
            .await
            .unwrap()
    }

    /// The serials that are kept of staging, the oldest first.
    pub(crate) async fn serials(&self) -> Vec<i64> {
        self.versions().await.iter().rev().map(|row| row.serial).collect()
    }

    pub(crate) async fn show(&self, key: &ChangeKey) -> ChangeRecord {
        changes::show_change(&self.app, &self.root, &self.project, key)
            .await
            .unwrap()
    }

    pub(crate) async fn status(&self, key: &ChangeKey, environment: &str) -> StageStatus {
        let record = self.show(key).await;
        let stage = record
            .stages
            .iter()
            .find(|stage| *stage.stage.environment_name == name(environment));
        *stage.unwrap().stage.status
    }
}

pub(crate) fn key(record: &ChangeRecord) -> ChangeKey {
    ChangeKey::terraform(u32::try_from(record.change.change_number).unwrap())
}

async fn open(data: &Path, engine: Arc<TestEngine>) -> App {
    let database = Database::open_sqlite(&data.join("lockkeeper.db")).await.unwrap();
    open_on(database, data, engine).await
}

async fn open_on(database: Database, data: &Path, engine: Arc<TestEngine>) -> App {
    database
        .unlock(&RootKey::new([7; 32]), Clock::now(&SystemClock))
        .await
        .unwrap();
    let server_key = database.keyring().server_key().unwrap();
    let blobs = Blobs::open(&data.join("blobs"), &database).unwrap();
    let settings = Settings {
        data: data.to_owned(),
        own_address: "http://127.0.0.1:7070".to_owned(),
        run_time_limit: Duration::from_secs(60),
        max_state_bytes: 1 << 20,
        backups: None,
        retention: Retention { versions: 3, days: 0 },
    };
    App::new(
        database,
        blobs,
        server_key,
        Arc::new(SystemClock),
        engine,
        settings,
    )
    .unwrap()
}
