//! The way back: its shorter gate is for what was applied last, and it ends well whatever became of what it
//! undoes.

use lockkeeper_domain::change::StageStatus;
use lockkeeper_domain::name::ChangeKey;
use lockkeeper_domain::role::Role;
use lockkeeper_usecases::changes;
use lockkeeper_usecases::{Caller, ErrorKind, runs};

use crate::world::{World, addition, key, name};

/// A world in which two changes were applied to staging one after the other.
async fn two_applied() -> (World, Caller, ChangeKey) {
    let world = World::new().await;
    let author = world.member("author", Role::Operator, None).await;
    let first = world.planned(&author).await;
    world.carry_out(&author, &first, "staging").await;
    world
        .repository
        .commit(&[("environments/staging/network/two.tf", "# two\n")], "Two");
    world.engine.plans(&[addition("terraform_data.two")]);
    let second = world.planned(&author).await;
    world.carry_out(&author, &second, "staging").await;
    (world, author, second)
}

async fn roll_back(world: &World, caller: &Caller, undone: &ChangeKey) -> ChangeKey {
    let staging = name("staging");
    let record =
        changes::roll_back_change(&world.app, caller, &world.project, undone, Some(&staging), "").await;
    let record = record.unwrap();
    world.work().await;
    key(&record)
}

#[tokio::test]
async fn a_rollback_that_another_change_overtook_is_refused() {
    let (world, author, second) = two_applied().await;
    let rollback = roll_back(&world, &author, &second).await;
    world.approve(&author, &rollback, "staging").await;
    world
        .repository
        .commit(&[("environments/staging/network/three.tf", "# three\n")], "Three");
    let third = world.planned(&author).await;
    world.carry_out(&author, &third, "staging").await;
    let refused = world.queue(&author, &rollback, "staging").await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict);
    assert!(refused.detail.contains("INFRA-4"), "{refused:?}");
}

#[tokio::test]
async fn a_rollback_ends_well_though_what_it_undoes_was_planned_anew() {
    let (world, author, second) = two_applied().await;
    world.engine.fails(true);
    world
        .repository
        .commit(&[("environments/staging/network/three.tf", "# three\n")], "Three");
    let third = world.planned(&author).await;
    world.carry_out(&author, &third, "staging").await;
    assert_eq!(world.status(&third, "staging").await, StageStatus::ApplyFailed);
    world.engine.fails(false);
    let staging = name("staging");
    changes::request_plan(&world.app, &author, &world.project, &third, Some(&staging))
        .await
        .unwrap();
    world.work().await;
    assert_eq!(world.status(&third, "staging").await, StageStatus::Planned);
    // Part of it may have happened, so there is a way back still.
    let rollback = roll_back(&world, &author, &third).await;
    world.carry_out(&author, &rollback, "staging").await;
    assert_eq!(world.status(&rollback, "staging").await, StageStatus::Verified);
    assert_eq!(world.status(&third, "staging").await, StageStatus::RolledBack);
    assert_eq!(world.at_work().await, 0);
    let _ = second;
}

#[tokio::test]
async fn a_plan_file_is_removed_without_the_one_that_is_like_it() {
    let world = World::new().await;
    let author = world.author().await;
    let key = world.planned(&author).await;
    let staging = name("staging");
    // A second plan, byte for byte as the first, which is spent now.
    changes::request_plan(&world.app, &author, &world.project, &key, Some(&staging))
        .await
        .unwrap();
    world.work().await;
    runs::remove_spent_plan_files(&world.app).await.unwrap();
    world.carry_out(&author, &key, "staging").await;
    assert_eq!(world.status(&key, "staging").await, StageStatus::Verified);
}
