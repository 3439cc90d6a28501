//! What holds a whole state in memory waits for room.

use std::time::Duration;

use bytes::Bytes;
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_usecases::states::{self, ImportedState, PersonalBase, StateAddress};
use lockkeeper_usecases::whole_states::Handling;
use tokio::time::timeout;

use crate::world::{World, name};

#[tokio::test]
async fn comparing_rolling_back_and_copying_wait_for_room() {
    let world = World::new().await;
    let (app, root) = (&world.app, &world.root);
    let shared = StateAddress {
        project: world.project.clone(),
        environment: name("staging"),
        stack: name("network"),
        owner: None,
    };
    let own = StateAddress {
        owner: Some(name("root")),
        ..shared.clone()
    };
    for serial in 1..=2 {
        let body =
            format!(r#"{{"version":4,"serial":{serial},"lineage":"l","outputs":{{}},"resources":[]}}"#);
        let import = ImportedState {
            body: Bytes::from(body),
            reason: "a test".to_owned(),
            replace: false,
        };
        states::import_state(app, root, &shared, import).await.unwrap();
    }
    let compare = || states::compare_versions(app, root, &shared, None, None);
    let roll_back = || states::roll_back_state(app, root, &shared, VersionName::Serial(1), "a test");
    let copy = || states::create_personal(app, root, &own, PersonalBase::Shared);

    let all = app.whole_states.turn(u64::MAX, Handling::Compare).await;
    let moment = Duration::from_millis(300);
    assert!(timeout(moment, compare()).await.is_err());
    assert!(timeout(moment, roll_back()).await.is_err());
    assert!(timeout(moment, copy()).await.is_err());
    drop(all);
    drop(compare().await.unwrap());
    roll_back().await.unwrap();
    copy().await.unwrap();
}
