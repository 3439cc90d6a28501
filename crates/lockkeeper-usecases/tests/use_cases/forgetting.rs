//! What ended long ago is forgotten, and what could grow without end does not.

use std::time::Duration;

use jiff::SignedDuration;
use lockkeeper_domain::id::{ServerId, StateId, TokenId};
use lockkeeper_domain::role::Role;
use lockkeeper_domain::state_lock::LockDescription;
use lockkeeper_store::tables::{servers, state_locks, tokens};
use lockkeeper_usecases::clock::new_uuid;
use lockkeeper_usecases::states::{StateAddress, lock_state, show_state};
use lockkeeper_usecases::{ErrorKind, forget_ended};
use uuid::Uuid;

use crate::world::{World, name};

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn tokens_and_servers_go_a_month_after_their_end() {
    let world = World::new().await;
    let (app, now) = (&world.app, world.app.now());
    let mut transaction = app.database.write().await.unwrap();
    let mut made = Vec::new();
    for (expires, revoked) in [
        (-31, None),
        (90, Some(-31)),
        (-29, None),
        (90, Some(-29)),
        (90, None),
    ] {
        let (id, expires_at) = (TokenId::new(new_uuid()), now + DAY * expires);
        let user = world.root.user();
        let hash = id.uuid().as_bytes().to_vec();
        tokens::insert(
            &mut transaction,
            id,
            user,
            "t",
            &hash,
            now - DAY * 90,
            expires_at,
            None,
        )
        .await
        .unwrap();
        if let Some(revoked) = revoked {
            tokens::revoke(&mut transaction, id, now + DAY * revoked)
                .await
                .unwrap();
        }
        made.push(id);
    }
    let server = ServerId::new(new_uuid());
    servers::insert(&mut transaction, server, "m", "h", "root", now - DAY * 40)
        .await
        .unwrap();
    servers::end(&mut transaction, server, now - DAY * 31)
        .await
        .unwrap();
    transaction.commit().await.unwrap();

    forget_ended(app).await.unwrap();
    let mut transaction = app.database.write().await.unwrap();
    let first = TokenId::new(Uuid::nil());
    let rows = tokens::page_of_user(&mut transaction, world.root.user(), first, 100)
        .await
        .unwrap();
    let left: Vec<_> = rows
        .iter()
        .map(|row| *row.id)
        .filter(|id| made.contains(id))
        .collect();
    assert_eq!(left, made[2..]);
    servers::insert(&mut transaction, server, "m", "h", "root", now)
        .await
        .expect("it was forgotten");
}

#[tokio::test]
async fn a_server_that_died_is_given_up_and_comes_back_by_its_beats() {
    let world = World::new().await;
    let app = &world.app;
    let at_work = async |id: ServerId| {
        let mut transaction = app.database.read().await.unwrap();
        servers::at_work_by_id(&mut transaction, id)
            .await
            .unwrap()
            .is_some()
    };
    lockkeeper_usecases::servers::register(app).await.unwrap();
    let (own, dead) = (app.servers.id(), ServerId::new(new_uuid()));
    let mut transaction = app.database.write().await.unwrap();
    servers::insert(&mut transaction, dead, "m", "h", "root", app.now())
        .await
        .unwrap();
    servers::beat(&mut transaction, dead).await.unwrap();
    transaction.commit().await.unwrap();

    lockkeeper_usecases::servers::give_up(app, &[(dead, 0)])
        .await
        .unwrap();
    assert!(at_work(dead).await, "it has beaten since");
    lockkeeper_usecases::servers::give_up(app, &[(dead, 1), (own, 0)])
        .await
        .unwrap();
    assert!(!at_work(dead).await && !at_work(own).await);

    lockkeeper_usecases::servers::beat(app).await.unwrap();
    assert!(at_work(own).await, "it was only asleep");
    let mut transaction = app.database.write().await.unwrap();
    servers::end(&mut transaction, own, app.now() - DAY * 31)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    forget_ended(app).await.unwrap();
    lockkeeper_usecases::servers::beat(app).await.unwrap();
    assert!(at_work(own).await, "it slept for longer than a month");
}

#[tokio::test]
async fn places_in_a_queue_are_limited_and_lost_ones_go() {
    let world = World::new().await;
    let (app, bob) = (&world.app, world.member("bob", Role::Operator, None).await);
    let address = StateAddress {
        project: world.project.clone(),
        environment: name("staging"),
        stack: name("network"),
        owner: None,
    };
    let lock = |id: &str| LockDescription::parse(format!(r#"{{"ID":"{id}"}}"#).as_bytes()).unwrap();
    lock_state(app, &world.root, &address, &lock("held"), Duration::ZERO)
        .await
        .unwrap();
    for number in 0..state_locks::MOST_PLACES + 6 {
        let refused = lock_state(app, &bob, &address, &lock(&number.to_string()), Duration::ZERO).await;
        assert!(matches!(refused.unwrap_err().kind, ErrorKind::Locked(_)));
    }
    let state = show_state(app, &world.root, &address).await.unwrap().state.id.0;
    let places = async |state: StateId| {
        let mut transaction = app.database.read().await.unwrap();
        let row = state_locks::places(&mut transaction, state, bob.user(), "")
            .await
            .unwrap();
        row.unwrap().places
    };
    assert!((1..=state_locks::MOST_PLACES).contains(&places(state).await));
    let mut transaction = app.database.write().await.unwrap();
    state_locks::delete_lost(&mut transaction, app.now() + DAY)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(places(state).await, 0);
}
