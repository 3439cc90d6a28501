//! Roles end where their environment ends, and the token of a run where its work ends.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::id::TokenId;
use lockkeeper_domain::name::ChangeKey;
use lockkeeper_domain::risk::RiskClass;
use lockkeeper_domain::role::{Function, Membership, Role};
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_usecases::changes::{self, ChangeEdit, Ending};
use lockkeeper_usecases::projects::{self, NewEnvironment};
use lockkeeper_usecases::states::{self, StateAddress, StateWrite};
use lockkeeper_usecases::{Caller, ErrorKind, people};

use uuid::Uuid;

use crate::world::{World, key, name};

#[tokio::test]
async fn who_administers_one_environment_does_not_administer_the_project() {
    let world = World::new().await;
    let limited = world.member("limited", Role::Admin, Some("staging")).await;
    let grant = async |environment: Option<&str>| {
        let membership = Membership {
            role: Role::Admin,
            environment: environment.map(name),
        };
        projects::grant_role(
            &world.app,
            &limited,
            &world.project,
            &name("limited"),
            &membership,
        )
        .await
    };
    assert_eq!(grant(None).await.unwrap_err().kind, ErrorKind::Forbidden);
    assert_eq!(
        grant(Some("production")).await.unwrap_err().kind,
        ErrorKind::Forbidden
    );
    grant(Some("staging")).await.unwrap();
    let new = NewEnvironment {
        name: name("back-door"),
        tier: "test".parse().unwrap(),
        promotes_from: None,
    };
    let refused = projects::create_environment(&world.app, &limited, &world.project, &new).await;
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn an_author_of_staging_makes_no_plan_in_production() {
    let world = World::new().await;
    let limited = world.member("limited", Role::Author, Some("staging")).await;
    let new = world.new_change("main", &["production"]);
    let refused = changes::propose_change(&world.app, &limited, &world.project, &new).await;
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Forbidden);
    let new = world.new_change("main", &[]);
    let record = changes::propose_change(&world.app, &limited, &world.project, &new)
        .await
        .unwrap()
        .record;
    assert_eq!(record.stages.len(), 1);
    assert_eq!(*record.stages[0].stage.environment_name, name("staging"));
}

#[tokio::test]
async fn who_holds_a_role_in_staging_sees_the_plans_of_production_and_not_its_state() {
    let world = World::new().await;
    let author = world.author().await;
    let limited = world.member("limited", Role::Author, Some("staging")).await;
    let viewer = world.member("viewer", Role::Viewer, Some("staging")).await;
    let key = world.planned(&author).await;
    for caller in [&limited, &viewer] {
        let shown = changes::show_change(&world.app, caller, &world.project, &key).await;
        assert_eq!(shown.unwrap().stages.len(), 2);
        let production = name("production");
        changes::show_plan(&world.app, caller, &world.project, &key, &production)
            .await
            .unwrap();
    }
    let address = |environment: &str| StateAddress {
        project: world.project.clone(),
        environment: name(environment),
        stack: name("network"),
        owner: None,
    };
    let read = async |caller, environment| {
        states::read_state(&world.app, caller, &address(environment))
            .await
            .map(drop)
            .map_err(|refused| refused.kind)
    };
    assert_eq!(read(&limited, "staging").await, Ok(()));
    assert_eq!(read(&limited, "production").await, Err(ErrorKind::Forbidden));
    assert_eq!(read(&viewer, "staging").await, Err(ErrorKind::Forbidden));
}

#[tokio::test]
async fn the_class_of_others_is_lowered_and_their_changes_are_ended_by_operators_only() {
    let world = World::new().await;
    let author = world.author().await;
    let other = world.member("other", Role::Author, None).await;
    let limited = world.member("limited", Role::Operator, Some("staging")).await;
    let key = world.planned(&author).await;
    let declare = async |caller: &Caller, class| {
        let edit = ChangeEdit {
            declared_class: Some(class),
            ..ChangeEdit::default()
        };
        changes::edit_change(&world.app, caller, &world.project, &key, None, &edit).await
    };
    declare(&author, RiskClass::High).await.unwrap();
    let lowered = declare(&other, RiskClass::Low).await;
    assert_eq!(lowered.unwrap_err().kind, ErrorKind::Forbidden);
    declare(&author, RiskClass::Medium).await.unwrap();
    let ended = changes::end_change(&world.app, &limited, &world.project, &key, Ending::Cancel, "").await;
    assert_eq!(ended.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_plan_cannot_write_the_state() {
    let world = World::new().await;
    let author = world.author().await;
    let new = world.new_change("main", &["staging"]);
    let record = changes::propose_change(&world.app, &author, &world.project, &new)
        .await
        .unwrap()
        .record;
    let job = world.claim().await.unwrap();
    let seen = world.engine.during_the_next_plan();
    let app = world.app.clone();
    let run = tokio::spawn(async move { lockkeeper_usecases::runs::execute(&app, job).await });
    let (token, go_on) = seen.await.unwrap();
    let caller = people::authenticate(&world.app, &token).await.unwrap();
    // Nor is its token good for anything that belongs to who asked for the run.
    let after = TokenId::new(Uuid::nil());
    let listed = people::list_tokens(&world.app, &caller, after, 10).await;
    assert_eq!(listed.unwrap_err().kind, ErrorKind::Forbidden);
    let tokens = people::list_tokens(&world.app, &author, after, 10).await.unwrap();
    let revoked = people::revoke_token(&world.app, &caller, *tokens[0].id).await;
    assert_eq!(revoked.unwrap_err().kind, ErrorKind::Forbidden);
    let projects = projects::list_projects(&world.app, &caller, "", 10).await;
    assert_eq!(projects.unwrap_err().kind, ErrorKind::Forbidden);
    let address = StateAddress {
        project: world.project.clone(),
        environment: name("staging"),
        stack: name("network"),
        owner: None,
    };
    let lock = LockDescription::parse(br#"{"ID":"mine"}"#).unwrap();
    states::lock_state(&world.app, &caller, &address, &lock, std::time::Duration::ZERO)
        .await
        .unwrap();
    let write = StateWrite {
        announced: 0,
        lock_id: Some("mine".to_owned()),
        md5: None,
    };
    let body = Bytes::from_static(br#"{"serial":1,"lineage":"l"}"#);
    let mut body = futures_util::stream::iter([Ok(body)]);
    let refused = states::write_state(&world.app, &caller, &address, write, &mut body).await;
    assert_eq!(refused.unwrap_err().kind, ErrorKind::Forbidden);
    states::unlock_state(&world.app, &caller, &address, Some("mine"), None)
        .await
        .unwrap();
    go_on.send(()).unwrap();
    run.await.unwrap().unwrap();
    assert_eq!(world.status(&key(&record), "staging").await, StageStatus::Planned);
    assert!(
        people::authenticate(&world.app, &token).await.is_err(),
        "the token outlives its run"
    );
}

#[tokio::test]
async fn moving_a_stack_to_another_folder_is_no_way_around_staging() {
    let world = World::new().await;
    let author = world.author().await;
    world.repository.branch("moved");
    let moved = crate::world::PROJECT.replace("environments/{environment}/network", "other/{environment}");
    world.repository.commit(
        &[
            (".lockkeeper/project.toml", moved.as_str()),
            ("other/production/main.tf", "# production\n"),
        ],
        "Move",
    );
    let new = world.new_change("moved", &["production"]);
    let record = changes::propose_change(&world.app, &author, &world.project, &new)
        .await
        .unwrap()
        .record;
    world.work().await;
    let key = key(&record);
    world.approve(&author, &key, "production").await;
    let refused = world.queue(&author, &key, "production").await.unwrap_err();
    assert!(refused.detail.contains("promotion"), "{refused:?}");
}

#[tokio::test]
async fn an_approval_by_somebody_who_was_disabled_does_not_count() {
    let world = World::new().await;
    let author = world.author().await;
    let function = Function::devops_lead();
    let reviewer = world.member("reviewer", Role::Reviewer { function }, None).await;
    let key = world.planned(&author).await;
    world.approve(&reviewer, &key, "staging").await;
    people::disable_user(&world.app, &world.root, &name("reviewer"))
        .await
        .unwrap();
    let refused = world.queue(&author, &key, "staging").await.unwrap_err();
    assert!(refused.detail.contains("approvals"), "{refused:?}");
    assert_eq!(void(&world, &key).await.unwrap(), "reviewer was disabled");
}

/// Why the first approval in staging no longer counts.
async fn void(world: &World, key: &ChangeKey) -> Option<String> {
    let record = world.show(key).await;
    let approval = record.stages[0].approvals[0].clone();
    approval.voided.map(|voided| voided.why)
}

fn devops_lead(environment: Option<&str>) -> Membership {
    Membership {
        role: Role::Reviewer {
            function: Function::devops_lead(),
        },
        environment: environment.map(name),
    }
}

#[tokio::test]
async fn an_approval_counts_while_its_giver_holds_the_role() {
    let world = World::new().await;
    let (app, root, project) = (&world.app, &world.root, &world.project);
    let author = world.author().await;
    let reviewer = world.member("reviewer", devops_lead(None).role, None).await;
    let who = name("reviewer");
    let revoke = async |held: Membership| {
        projects::revoke_role(app, root, project, &who, &held)
            .await
            .unwrap();
    };
    let grant = async |held: Membership| {
        projects::grant_role(app, root, project, &who, &held)
            .await
            .unwrap();
    };
    let key = world.planned(&author).await;
    world.approve(&reviewer, &key, "staging").await;
    // The role comes by two grants: one of them is enough.
    grant(devops_lead(Some("staging"))).await;
    revoke(devops_lead(None)).await;
    assert_eq!(void(&world, &key).await, None);
    grant(devops_lead(Some("production"))).await;
    revoke(devops_lead(Some("staging"))).await;
    let lost = "reviewer no longer holds the function devops-lead in staging";
    assert_eq!(void(&world, &key).await.unwrap(), lost);
    let refused = world.queue(&author, &key, "staging").await.unwrap_err();
    assert!(refused.detail.contains("approvals"), "{refused:?}");
    let ErrorKind::GatesShut(gates) = refused.kind else {
        panic!("{refused:?}");
    };
    assert!(
        gates.iter().any(|gate| !gate.open && gate.reason.contains(lost)),
        "{gates:?}"
    );
    revoke(devops_lead(Some("production"))).await;
    assert_eq!(
        void(&world, &key).await.unwrap(),
        "reviewer no longer holds a role in the project"
    );
    // Whoever gets the role back need not approve again.
    grant(devops_lead(None)).await;
    assert_eq!(void(&world, &key).await, None);
    world.queue(&author, &key, "staging").await.unwrap();
    // It was queued, and is looked at once more when it begins.
    revoke(devops_lead(None)).await;
    world.work().await;
    assert_eq!(world.status(&key, "staging").await, StageStatus::Planned);
    assert_eq!(world.engine.applies.load(Ordering::SeqCst), 0);
    // What was applied stays approved by those who could then.
    grant(devops_lead(None)).await;
    world.queue(&author, &key, "staging").await.unwrap();
    world.work().await;
    revoke(devops_lead(None)).await;
    assert_eq!(world.status(&key, "staging").await, StageStatus::Verified);
    assert_eq!(void(&world, &key).await, None);
}

#[tokio::test]
async fn an_authors_own_approval_ends_with_their_place_in_the_project() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    assert_eq!(void(&world, &key).await, None);
    let held = Membership {
        role: Role::Author,
        environment: None,
    };
    projects::revoke_role(&world.app, &world.root, &world.project, &name("author"), &held)
        .await
        .unwrap();
    assert_eq!(
        void(&world, &key).await.unwrap(),
        "author no longer holds a role in the project"
    );
    let refused = world.queue(&world.root, &key, "staging").await.unwrap_err();
    assert!(refused.detail.contains("approvals"), "{refused:?}");
}
