//! Old versions of states go, and what somebody may need stays. The world keeps three versions, of any age.

use lockkeeper_domain::name::ChangeKey;
use lockkeeper_domain::state_version::VersionName;
use lockkeeper_store::tables::blobs;
use lockkeeper_usecases::changes::{self, Ending};
use lockkeeper_usecases::states::{self, RetentionRound};
use lockkeeper_usecases::{ErrorKind, audit_log};

use crate::world::{World, state};

const RESOURCE: &str = r#"{"mode":"managed","type":"terraform_data","name":"a",
    "provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{"schema_version":0,"attributes":{"id":"1"}}]}"#;

async fn write(world: &World, serial: i64, lineage: &str, resource: &str) {
    world.bring_in(state(serial, lineage, resource)).await.unwrap();
}

async fn sweep(world: &World) -> u64 {
    let mut round = RetentionRound::default();
    states::remove_old_versions(&world.app, &mut round).await.unwrap()
}

#[tokio::test]
async fn old_versions_go_but_for_the_last_good_one_and_what_an_open_change_was_planned_on() {
    let world = World::new().await;
    let author = world.author().await;
    for serial in 1..=10 {
        write(&world, serial, "a", if serial == 2 { RESOURCE } else { "" }).await;
        if serial == 4 {
            let new = world.new_change("main", &["staging"]);
            changes::propose_change(&world.app, &author, &world.project, &new)
                .await
                .unwrap();
            world.work().await;
        }
    }
    let before = world.versions().await;
    assert_eq!(sweep(&world).await, 5);
    assert_eq!(world.serials().await, [2, 4, 8, 9, 10]);
    assert_eq!(sweep(&world).await, 0, "nothing is left to remove");
    let gone = states::read_version(&world.app, &world.root, &world.staging(), VersionName::Serial(7)).await;
    assert_eq!(gone.err().unwrap().kind, ErrorKind::NotFound);
    let good = states::read_version(&world.app, &world.root, &world.staging(), VersionName::Serial(2)).await;
    good.unwrap().body.bytes().await.unwrap();
    let mut transaction = world.app.database.read().await.unwrap();
    for row in before {
        let blob = blobs::by_name(&mut transaction, &row.blob).await.unwrap();
        let stays = [2, 4, 8, 9, 10].contains(&row.serial);
        assert_eq!(blob.is_some(), stays, "the blob of serial {}", row.serial);
    }
    drop(transaction);
    let shown = states::show_state(&world.app, &world.root, &world.staging())
        .await
        .unwrap();
    assert_eq!((shown.state.versions, shown.state.versions_removed), (5, 5));

    let key = ChangeKey::terraform(1);
    changes::end_change(&world.app, &author, &world.project, &key, Ending::Cancel, "no")
        .await
        .unwrap();
    assert_eq!(sweep(&world).await, 1);
    assert_eq!(world.serials().await, [2, 8, 9, 10]);
    let verified = audit_log::verify_log(&world.app, &world.root, &world.project, None).await;
    assert!(verified.unwrap().broken.is_none());
}

#[tokio::test]
async fn of_many_versions_the_last_of_each_lineage_stays() {
    let world = World::new().await;
    for serial in 1..=130 {
        write(&world, serial, "a", "").await;
    }
    for serial in 1..=120 {
        write(&world, serial, "b", "").await;
    }
    assert_eq!(sweep(&world).await, 250 - 4);
    assert_eq!(world.serials().await, [130, 118, 119, 120]);
    // What is deleted keeps its newest versions too.
    states::delete_state(&world.app, &world.root, &world.staging())
        .await
        .unwrap();
    assert_eq!(sweep(&world).await, 0);
}
