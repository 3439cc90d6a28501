//! A commit is proposed once.

use lockkeeper_domain::name::ChangeKey;
use lockkeeper_usecases::Caller;
use lockkeeper_usecases::changes::{self, Ending, NewChange};

use crate::world::{World, key};

/// Proposes `main`, unless an open change carries it; answers the change, and whether it is new.
async fn propose(world: &World, caller: &Caller, environments: &[&str]) -> (ChangeKey, bool) {
    let new = NewChange {
        again: false,
        ..world.new_change("main", environments)
    };
    let proposed = changes::propose_change(&world.app, caller, &world.project, &new)
        .await
        .unwrap();
    (key(&proposed.record), proposed.is_new)
}

#[tokio::test]
async fn an_open_change_is_answered_instead_of_a_second_one() {
    let world = World::new().await;
    let author = world.author().await;
    let first = ChangeKey::terraform(1);
    assert_eq!(propose(&world, &author, &[]).await, (first.clone(), true));
    // While it is planned, when it is planned, by anybody, for all of its environments or some.
    assert_eq!(propose(&world, &author, &[]).await, (first.clone(), false));
    world.work().await;
    assert_eq!(
        propose(&world, &world.root, &["staging"]).await,
        (first.clone(), false)
    );
    world.carry_out(&author, &first, "staging").await;
    assert_eq!(propose(&world, &author, &[]).await, (first.clone(), false));
    assert!(world.claim().await.is_none(), "it was planned once more");
    // Another commit is another change.
    world
        .repository
        .commit(&[("environments/staging/network/main.tf", "# next\n")], "Next");
    assert_eq!(
        propose(&world, &author, &[]).await,
        (ChangeKey::terraform(2), true)
    );
}

#[tokio::test]
async fn what_has_ended_or_goes_elsewhere_does_not_stand_for_it() {
    let world = World::new().await;
    let author = world.author().await;
    let (first, _) = propose(&world, &author, &["staging"]).await;
    world.work().await;
    let (second, is_new) = propose(&world, &author, &[]).await;
    assert!(is_new, "the first does not go to production");
    for key in [&first, &second] {
        changes::end_change(&world.app, &author, &world.project, key, Ending::Cancel, "")
            .await
            .unwrap();
    }
    assert_eq!(
        propose(&world, &author, &[]).await,
        (ChangeKey::terraform(3), true)
    );
}

#[tokio::test]
async fn of_two_at_once_one_is_made() {
    let world = World::new().await;
    let author = world.author().await;
    let (one, other) = tokio::join!(propose(&world, &author, &[]), propose(&world, &author, &[]));
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1);
}
