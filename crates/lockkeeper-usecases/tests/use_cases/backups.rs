//! Backups that are made by hand, and restored as a test.

use lockkeeper_backup::{Keep, Repository, Reuse};
use lockkeeper_usecases::backups::{
    BackupContext, BackupSettings, create_backup, drill_restore, show_status,
};

use crate::world::World;

#[tokio::test]
async fn what_is_made_by_hand_alone_is_never_due_and_its_status_is_read() {
    let world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let settings = BackupSettings {
        repository: Repository::folder(folder.path()).unwrap(),
        daily_at: None,
        drill: true,
        keep: Keep::default(),
        scratch: folder.path().to_owned(),
    };
    let context = BackupContext {
        database: &world.app.database,
        blobs: &world.app.blobs,
        key: &world.app.key,
        settings: &settings,
        now: world.app.now(),
    };
    let created = create_backup(context, Reuse::Pieces, "root").await.unwrap();
    drill_restore(context, None).await.unwrap();
    let proof = settings.repository.proof(&created.id, &context.keys()).await;
    assert_eq!(proof.unwrap().restored_at, Some(context.now));
    let status = show_status(&world.app.database).await.unwrap();
    for schedule in [status.backup, status.drill] {
        assert_eq!(schedule.backup.as_deref(), Some(created.id.as_str()));
        assert_eq!(schedule.next_at, None);
    }
}
