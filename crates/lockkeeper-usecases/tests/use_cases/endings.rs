//! However a run ends, its end is on record and its state is free for the next.

use std::sync::atomic::Ordering;

use lockkeeper_domain::change::{ChangeStatus, StageStatus};
use lockkeeper_domain::role::Role;
use lockkeeper_store::tables::plans;
use lockkeeper_usecases::changes::{self, Ending};
use lockkeeper_usecases::{ErrorKind, UseCaseError, people, runs};

use crate::world::{World, name};

#[tokio::test]
async fn a_change_that_is_cancelled_while_its_apply_begins_is_not_applied_and_frees_its_state() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    world.queue(&author, &key, "staging").await.unwrap();
    let job = world.claim().await.unwrap();
    changes::end_change(&world.app, &author, &world.project, &key, Ending::Cancel, "no")
        .await
        .unwrap();
    runs::execute(&world.app, job).await.unwrap();
    assert_eq!(world.engine.applies.load(Ordering::SeqCst), 0);
    assert_eq!(world.at_work().await, 0, "the state is taken for ever");
}

#[tokio::test]
async fn a_run_that_is_cancelled_before_its_apply_begins_is_withdrawn() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    world.queue(&author, &key, "staging").await.unwrap();
    let job = world.claim().await.unwrap();
    runs::cancel_run(&world.app, &author, &world.project, job.run)
        .await
        .unwrap();
    runs::execute(&world.app, job).await.unwrap();
    assert_eq!(world.engine.applies.load(Ordering::SeqCst), 0);
    assert_eq!(world.status(&key, "staging").await, StageStatus::Planned);
}

#[tokio::test]
async fn a_run_whose_change_was_cancelled_is_recovered() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    world.queue(&author, &key, "staging").await.unwrap();
    let job = world.claim().await.unwrap();
    changes::end_change(&world.app, &author, &world.project, &key, Ending::Cancel, "no")
        .await
        .unwrap();
    // The server dies here.
    runs::recover_run(&world.app, job, runs::Left::Here)
        .await
        .unwrap();
    assert_eq!(world.at_work().await, 0);
}

#[tokio::test]
async fn who_was_disabled_since_applies_nothing() {
    let world = World::new().await;
    let author = world.author().await;
    let operator = world.member("operator", Role::Operator, None).await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    world.queue(&operator, &key, "staging").await.unwrap();
    people::disable_user(&world.app, &world.root, &name("operator"))
        .await
        .unwrap();
    world.work().await;
    assert_eq!(world.engine.applies.load(Ordering::SeqCst), 0);
    assert_eq!(world.status(&key, "staging").await, StageStatus::Planned);
}

#[tokio::test]
async fn a_freeze_that_was_pushed_since_holds() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    let frozen = format!(
        "{}\n[freezes.now]\nfrom = 2020-01-01T00:00:00\nto = 2099-01-01T00:00:00\ntime_zone = \"UTC\"\nreason = \"Sale\"\n",
        crate::world::PROJECT
    );
    world
        .repository
        .commit(&[(".lockkeeper/project.toml", &frozen)], "Freeze");
    assert!(world.queue(&author, &key, "staging").await.is_err());
}

#[tokio::test]
async fn a_run_that_goes_on_after_its_window_says_so() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    // Late enough for the run to begin before it, on a slow machine too.
    let begins = world.app.now() + jiff::SignedDuration::from_secs(8);
    let begins = begins
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S");
    let frozen = format!(
        "{}\n[freezes.soon]\nfrom = {begins}\nto = 2099-01-01T00:00:00\ntime_zone = \"UTC\"\nreason = \"Sale\"\n",
        crate::world::PROJECT
    );
    world
        .repository
        .commit(&[(".lockkeeper/project.toml", &frozen)], "Freeze");
    world.queue(&author, &key, "staging").await.unwrap();
    world.engine.takes(std::time::Duration::from_secs(9));
    world.work().await;
    let stage = world.show(&key).await.stages[0].clone();
    assert_eq!(*stage.stage.status, StageStatus::Verified, "it is not stopped");
    let run = stage.run.unwrap();
    let message = run.message.unwrap();
    assert!(
        message.contains("it went on after the freeze soon began on"),
        "{message}"
    );
    let log = runs::read_log(&world.app, &author, &world.project, *run.id, 0).await;
    let log = log.unwrap().text;
    assert_eq!(
        log.matches("Warning: the freeze soon began on").count(),
        1,
        "{log}"
    );
}

#[tokio::test]
async fn a_first_token_that_cannot_be_handed_over_leaves_no_user() {
    let (app, _data) = World::without_users().await;
    let root = name("root");
    let refuse = |_: &_| Err(UseCaseError::internal("no such folder"));
    people::bootstrap_and_hand_over(&app, &root, None, refuse)
        .await
        .unwrap_err();
    let token = people::bootstrap(&app, &root, None).await.unwrap();
    assert!(token.is_some(), "nobody will ever hold a token");
}

#[tokio::test]
async fn a_plan_whose_file_was_removed_is_made_anew() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    let plan = *world.show(&key).await.stages[0].plan.as_ref().unwrap().id;
    let mut transaction = world.app.database.write().await.unwrap();
    plans::clear_file(&mut transaction, plan).await.unwrap();
    transaction.commit().await.unwrap();
    world.queue(&author, &key, "staging").await.unwrap();
    world.work().await;
    assert_eq!(world.status(&key, "staging").await, StageStatus::Verified);
}

#[tokio::test]
async fn a_repository_that_never_answered_is_told_as_such() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    let folder = world.repository.path();
    let away = folder.with_extension("away");
    std::fs::rename(folder, &away).unwrap();
    // What was fetched last holds while it cannot be reached.
    world.queue(&author, &key, "staging").await.unwrap();
    std::fs::remove_dir_all(world.app.settings.data.join("repositories")).unwrap();
    let missing = world.queue(&author, &key, "production").await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::Unavailable, "{missing:?}");
    std::fs::rename(&away, folder).unwrap();
}

#[tokio::test]
async fn a_list_says_what_went_wrong_with_open_changes() {
    let world = World::new().await;
    let author = world.author().await;
    let listed = async |status| {
        let listed = changes::list_changes(&world.app, &world.root, &world.project, status, i64::MAX, 10)
            .await
            .unwrap();
        let all = listed.into_iter();
        all.map(|listed| (listed.change.change_number, listed.trouble))
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(None).await, []);
    let broken = world.planned(&author).await;
    world.engine.fails(true);
    world.carry_out(&author, &broken, "staging").await;
    world.engine.fails(false);
    let fine = world.planned(&author).await;
    let failed = Some((name("staging"), StageStatus::ApplyFailed));
    assert_eq!(listed(None).await, [(2, None), (1, failed.clone())]);
    let open = Some(ChangeStatus::Open);
    assert_eq!(listed(open).await, [(2, None), (1, failed)]);
    for key in [broken, fine] {
        changes::end_change(&world.app, &author, &world.project, &key, Ending::Cancel, "")
            .await
            .unwrap();
    }
    assert_eq!(listed(None).await, [(2, None), (1, None)]);
    assert_eq!(listed(open).await, []);
}
