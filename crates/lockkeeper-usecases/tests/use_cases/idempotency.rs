//! Requests with a key are carried out by one at a time, however many arrive at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lockkeeper_store::{Database, PostgresSettings};
use lockkeeper_testkit::postgres::Postgres;
use lockkeeper_usecases::idempotency::{Begun, begin, finish, give_back};
use lockkeeper_usecases::{App, Caller, ErrorKind};

use crate::world::World;

/// Sends a request until it is answered. The first who carry it out give their key back.
async fn send(app: &App, caller: &Caller, key: &str, at_work: &AtomicUsize, carried_out: &AtomicUsize) {
    loop {
        match begin(app, caller, key, &[0; 32]).await {
            Ok(Begun::Answered { .. }) => return,
            Ok(Begun::New) => {
                assert_eq!(
                    at_work.fetch_add(1, Ordering::SeqCst),
                    0,
                    "{key} was at work already"
                );
                tokio::task::yield_now().await;
                at_work.fetch_sub(1, Ordering::SeqCst);
                if carried_out.fetch_add(1, Ordering::SeqCst) < 3 {
                    give_back(app, caller, key).await.unwrap();
                } else {
                    finish(app, caller, key, 200, "done").await.unwrap();
                }
            }
            Err(error) => assert_eq!(error.kind, ErrorKind::Conflict),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_requests_with_one_key_at_once_one_is_carried_out() {
    let postgres = Postgres::start();
    let database = Database::connect_postgres(&PostgresSettings::new(postgres.url()))
        .await
        .unwrap();
    let (app, root, _data) = World::on(database).await;
    let (app, root) = (Arc::new(app), Arc::new(root));
    for number in 0..100 {
        let counters = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0)));
        let requests: Vec<_> = (0..6)
            .map(|_| {
                let (app, root, counters) = (app.clone(), root.clone(), counters.clone());
                tokio::spawn(async move {
                    send(&app, &root, &format!("key-{number}"), &counters.0, &counters.1).await;
                })
            })
            .collect();
        for request in requests {
            request.await.unwrap();
        }
        assert_eq!(
            counters.1.load(Ordering::SeqCst),
            4,
            "three that failed, and one that was answered"
        );
    }
}
