//! The rules of locks and their queue against a model: any clients, in any order, at any time.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockkeeper_domain::id::UserId;
use lockkeeper_domain::state_lock::{
    HeldLock, Holder, LockDecision, LockDescription, UnlockDecision, Waiter, decide_lock, decide_unlock,
};
use proptest::prelude::*;
use uuid::Uuid;

/// What a client does, so many seconds after what was done before.
#[derive(Debug, Clone, Copy)]
enum Step {
    Lock { client: u8, stays: bool, after: i64 },
    Unlock { client: u8, after: i64 },
    ForceUnlock { after: i64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0u8..4, any::<bool>(), 0i64..30).prop_map(|(client, stays, after)| Step::Lock {
            client,
            stays,
            after
        }),
        (0u8..4, 0i64..30).prop_map(|(client, after)| Step::Unlock { client, after }),
        (0i64..30).prop_map(|after| Step::ForceUnlock { after }),
    ];
    prop::collection::vec(step, 1..80)
}

fn holder(client: u8) -> Holder {
    Holder {
        user: UserId::new(Uuid::from_u128(u128::from(client))),
        run: None,
    }
}

fn description(client: u8) -> LockDescription {
    LockDescription::parse(format!(r#"{{"ID":"{client}"}}"#).as_bytes()).unwrap()
}

/// A server with one state, as the use case keeps it.
#[derive(Default)]
struct Server {
    now: i64,
    held: Option<(u8, HeldLock)>,
    queue: BTreeMap<u8, Waiter>,
}

impl Server {
    fn time(&self) -> Timestamp {
        Timestamp::from_second(self.now).unwrap()
    }

    fn first(&self) -> Option<(u8, &Waiter)> {
        let now = self.time();
        let waiting = self
            .queue
            .iter()
            .filter(|(_, waiter)| waiter.waits && now < waiter.expires_at);
        waiting
            .min_by_key(|(client, waiter)| (waiter.first_at, **client))
            .map(|(client, waiter)| (*client, waiter))
    }

    /// Whether the client has the lock afterwards.
    fn lock(&mut self, client: u8, stays: bool) -> bool {
        let (wanted, by) = (description(client), holder(client));
        let first = self.first();
        let held = self.held.as_ref().map(|(_, held)| held);
        match decide_lock(held, first.map(|(_, waiter)| waiter), &wanted, by) {
            LockDecision::Take => {
                assert!(self.held.is_none(), "a lock was given to two");
                assert!(
                    first.is_none_or(|(first, _)| first == client),
                    "somebody who waited longer was passed over"
                );
                self.queue.remove(&client);
                self.held = Some((
                    client,
                    HeldLock {
                        description: wanted,
                        holder: by,
                    },
                ));
                true
            }
            LockDecision::AlreadyHeld => {
                assert_eq!(self.held.as_ref().map(|(client, _)| *client), Some(client));
                true
            }
            LockDecision::Conflict(told) => {
                assert_ne!(told.id, wanted.id, "a client was sent away for its own sake");
                let waiter = Waiter::asks(self.queue.get(&client), &wanted, by, stays, self.time());
                self.queue.insert(client, waiter);
                false
            }
        }
    }

    fn unlock(&mut self, client: u8, id: Option<&str>, may_force: bool) {
        let held = self.held.as_ref().map(|(_, held)| held);
        match decide_unlock(held, id, holder(client), may_force) {
            UnlockDecision::Release => {
                assert_eq!(self.held.take().map(|(holder, _)| holder), Some(client));
            }
            UnlockDecision::Break => {
                assert!(may_force);
                self.held = None;
            }
            UnlockDecision::AlreadyFree => assert!(self.held.is_none()),
            UnlockDecision::OtherLock | UnlockDecision::MayNotBreak => {
                assert_ne!(self.held.as_ref().map(|(holder, _)| *holder), Some(client));
            }
        }
    }
}

proptest! {
    #[test]
    fn a_lock_is_held_by_one_and_goes_to_whoever_waited_longest(steps in steps()) {
        let mut server = Server::default();
        for step in steps {
            let after = match step {
                Step::Lock { after, .. } | Step::Unlock { after, .. } | Step::ForceUnlock { after } => after,
            };
            server.now += after;
            match step {
                Step::Lock { client, stays, .. } => {
                    if server.lock(client, stays) {
                        prop_assert!(server.lock(client, stays), "the same request again is no other");
                    }
                }
                Step::Unlock { client, .. } => server.unlock(client, Some(&client.to_string()), false),
                Step::ForceUnlock { .. } => server.unlock(200, None, true),
            }
        }
        // Nobody is shut out for ever: once every place is lost, whoever asks gets a free lock.
        server.unlock(200, None, true);
        server.now += 21;
        prop_assert!(server.lock(3, false));
    }
}
