//! States that the tool of an apply could not store: they are stored afterwards, by the rules.

use std::sync::atomic::Ordering;
use std::time::Duration;

use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::name::ChangeKey;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_store::tables::stages::StageRow;
use lockkeeper_usecases::runs::{self, ClaimedJob, Left, Leftovers};
use lockkeeper_usecases::{Caller, audit_log, changes, states};

use crate::world::{World, name, state};

/// An apply that left the state behind, in a world whose staging has serial 1.
async fn queued(world: &World, left: &str) -> (Caller, ChangeKey) {
    world.bring_in(state(1, "a", "")).await.unwrap();
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    world.queue(&author, &key, "staging").await.unwrap();
    world.engine.leaves(left);
    (author, key)
}

/// A server that dies while its tool applies; its folders stay.
async fn die_in_the_middle(world: &World) -> ClaimedJob {
    let job = world.claim().await.unwrap();
    world.engine.takes(Duration::from_secs(600));
    let app = world.app.clone();
    let work = tokio::spawn(async move { runs::execute(&app, job).await });
    while world.engine.applies.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());
    job
}

/// As another server ends the run of one that fell silent, which sees nothing of its folders.
async fn end_elsewhere(world: &World, job: ClaimedJob) {
    let folder = world.app.run_folder(job.run);
    let aside = folder.with_extension("aside");
    std::fs::rename(&folder, &aside).unwrap();
    let host = "elsewhere".to_owned();
    runs::recover_run(&world.app, job, Left::Elsewhere { host })
        .await
        .unwrap();
    std::fs::rename(&aside, &folder).unwrap();
}

async fn stage(world: &World, key: &ChangeKey) -> StageRow {
    let stages = world.show(key).await.stages.into_iter();
    let mut stages = stages.map(|stage| stage.stage);
    stages
        .find(|stage| *stage.environment_name == name("staging"))
        .unwrap()
}

fn folder_is_there(world: &World, job: ClaimedJob) -> bool {
    world.app.run_folder(job.run).exists()
}

#[tokio::test]
async fn it_is_stored_when_the_apply_fails() {
    let world = World::new().await;
    let (_, key) = queued(&world, &state(2, "a", "")).await;
    world.engine.fails(true);
    let job = world.claim().await.unwrap();
    runs::execute(&world.app, job).await.unwrap();
    assert_eq!(world.serials().await, [1, 2]);
    let stage = stage(&world, &key).await;
    assert_eq!(*stage.status, StageStatus::ApplyFailed);
    let message = stage.message.unwrap();
    assert!(message.contains("stored it afterwards, as serial 2"), "{message}");
    assert!(!folder_is_there(&world, job));
}

#[tokio::test]
async fn it_is_stored_when_the_run_of_a_dead_server_is_picked_up() {
    let world = World::new().await;
    let (_, key) = queued(&world, &state(4, "a", "")).await;
    let job = die_in_the_middle(&world).await;
    runs::recover_run(&world.app, job, Left::Here).await.unwrap();
    assert_eq!(world.serials().await, [1, 4]);
    let stage = stage(&world, &key).await;
    assert_eq!(*stage.status, StageStatus::Interrupted);
    let message = stage.message.unwrap();
    assert!(message.contains("stored it afterwards, as serial 4"), "{message}");
    assert!(!folder_is_there(&world, job));
}

#[tokio::test]
async fn it_is_stored_when_the_server_comes_back_whose_run_another_one_ended() {
    let world = World::new().await;
    let (_, key) = queued(&world, &state(2, "a", "")).await;
    let job = die_in_the_middle(&world).await;
    let host = "elsewhere".to_owned();
    runs::recover_run(&world.app, job, Left::Elsewhere { host })
        .await
        .unwrap();
    // Nothing of what that server has can be seen from elsewhere; here the folder is the same.
    assert_eq!(*stage(&world, &key).await.status, StageStatus::Interrupted);
    runs::clear_leftovers(&world.app, &mut Leftovers::default())
        .await
        .unwrap();
    assert_eq!(world.serials().await, [1, 2]);
    assert!(!folder_is_there(&world, job));
}

#[tokio::test]
async fn it_waits_for_a_lock_and_for_room_and_is_stored_then() {
    let world = World::new().await;
    let big = format!(r#"{{"note":"{}"}}"#, "x".repeat(2 << 20));
    let (author, key) = queued(&world, &big).await;
    let job = die_in_the_middle(&world).await;
    runs::recover_run(&world.app, job, Left::Here).await.unwrap();
    let told = stage(&world, &key).await;
    let next = told.next_step.unwrap();
    assert!(
        next.contains("limits.state_bytes") && next.contains("tried again"),
        "{next}"
    );
    assert!(folder_is_there(&world, job));

    // It is mended, and somebody holds the lock.
    let path = world.app.run_folder(job.run).join("left.tfstate");
    std::fs::write(path, state(2, "a", "")).unwrap();
    let lock = LockDescription::parse(br#"{"ID":"theirs","Who":"somebody"}"#).unwrap();
    states::lock_state(&world.app, &world.root, &world.staging(), &lock, Duration::ZERO)
        .await
        .unwrap();
    let mut leftovers = Leftovers::default();
    runs::clear_leftovers(&world.app, &mut leftovers).await.unwrap();
    assert_eq!(world.serials().await, [1]);
    assert!(folder_is_there(&world, job));

    states::unlock_state(&world.app, &world.root, &world.staging(), Some("theirs"), None)
        .await
        .unwrap();
    runs::clear_leftovers(&world.app, &mut leftovers).await.unwrap();
    assert_eq!(world.serials().await, [1, 2]);
    assert!(!folder_is_there(&world, job));
    let stage = stage(&world, &key).await;
    assert_eq!(*stage.status, StageStatus::Interrupted);
    assert!(
        stage
            .message
            .unwrap()
            .contains("stored it afterwards, as serial 2")
    );
    assert!(stage.next_step.unwrap().contains("lockkeeper change plan"));
    // What is on record is intact, and the change can go on.
    let verified = audit_log::verify_log(&world.app, &world.root, &world.project, None);
    assert!(verified.await.unwrap().broken.is_none());
    changes::request_plan(&world.app, &author, &world.project, &key, None)
        .await
        .unwrap();
    world.work().await;
    assert_eq!(world.status(&key, "staging").await, StageStatus::Planned);
}

#[tokio::test]
async fn what_a_plan_leaves_is_not_stored() {
    let world = World::new().await;
    world.bring_in(state(1, "a", "")).await.unwrap();
    let author = world.author().await;
    // Code that nobody has approved runs while a plan is made, and leaves what it likes.
    world.engine.leaves(&state(2, "a", ""));
    world.engine.fails_plans(true);
    let key = world.planned(&author).await;
    assert_eq!(*stage(&world, &key).await.status, StageStatus::PlanFailed);
    runs::clear_leftovers(&world.app, &mut Leftovers::default())
        .await
        .unwrap();
    assert_eq!(world.serials().await, [1]);

    world.engine.fails_plans(false);
    let gate = world.engine.during_the_next_plan();
    changes::request_plan(&world.app, &author, &world.project, &key, None)
        .await
        .unwrap();
    let job = world.claim().await.unwrap();
    let app = world.app.clone();
    let work = tokio::spawn(async move { runs::execute(&app, job).await });
    gate.await.unwrap();
    work.abort();
    assert!(work.await.unwrap_err().is_cancelled());
    assert!(folder_is_there(&world, job));
    runs::recover_run(&world.app, job, Left::Here).await.unwrap();
    runs::clear_leftovers(&world.app, &mut Leftovers::default())
        .await
        .unwrap();
    assert_eq!(world.serials().await, [1]);
    assert!(!folder_is_there(&world, job));
}

#[tokio::test]
async fn the_first_state_gets_a_lineage() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    world.approve(&author, &key, "staging").await;
    world.queue(&author, &key, "staging").await.unwrap();
    // As Terraform leaves it where it could not ask whether there is one.
    world.engine.leaves(&state(0, "", ""));
    world.engine.fails(true);
    let job = world.claim().await.unwrap();
    runs::execute(&world.app, job).await.unwrap();
    assert_eq!(world.serials().await, [1]);
    assert_eq!(world.versions().await[0].lineage, job.run.to_string());
}

#[tokio::test]
async fn it_takes_no_ones_place() {
    let world = World::new().await;
    // It counts higher than what the other one wrote, and does not go on from it.
    let (_, key) = queued(&world, &state(9, "a", "")).await;
    let job = die_in_the_middle(&world).await;
    end_elsewhere(&world, job).await;
    world.bring_in(state(2, "a", "")).await.unwrap();

    let mut leftovers = Leftovers::default();
    runs::clear_leftovers(&world.app, &mut leftovers).await.unwrap();
    assert_eq!(world.serials().await, [1, 2]);
    assert!(folder_is_there(&world, job), "what only this file knows is lost");
    assert_eq!(*stage(&world, &key).await.status, StageStatus::Interrupted);

    // Somebody compares them, and brings in what was left: nothing is left to be stored.
    world.bring_in(state(9, "a", "")).await.unwrap();
    runs::clear_leftovers(&world.app, &mut leftovers).await.unwrap();
    assert_eq!(world.serials().await, [1, 2, 9]);
    assert!(!folder_is_there(&world, job));
}
