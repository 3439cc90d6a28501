//! The dependency lock file, which names the versions and checksums of providers.
//!
//! A stack without a committed lock file gets one at `init`, and a plan can only be applied with the
//! one that it was made with. The tool keeps a copy of it in the plan file, which is a ZIP archive.

use std::io::{Cursor, Read as _};
use std::path::Path;

use lockkeeper_engine::contract::{EngineError, PlanFile};

use crate::files;

const LOCK_FILE: &str = ".terraform.lock.hcl";

/// More than a lock file of any stack has, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Puts the lock file of the plan into the stack's folder. A plan file that cannot be read, such as one
/// that OpenTofu has encrypted, is passed over: then the committed lock file stays.
pub(crate) fn restore(plan_file: &PlanFile, stack: &Path) -> Result<(), EngineError> {
    match from_plan(plan_file) {
        Some(content) => files::write_private(&stack.join(LOCK_FILE), &content),
        None => Ok(()),
    }
}

fn from_plan(plan_file: &PlanFile) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(&plan_file.0)).ok()?;
    let mut content = Vec::new();
    archive
        .by_name(LOCK_FILE)
        .ok()?
        .take(LIMIT)
        .read_to_end(&mut content)
        .ok()?;
    Some(content)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_lock_file_of_the_plan_replaces_a_link() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in [("tfplan", "plan"), (LOCK_FILE, "provider {}\n")] {
            archive
                .start_file(name, zip::write::SimpleFileOptions::default())
                .unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        let plan_file = PlanFile(archive.finish().unwrap().into_inner());
        let stack = tempfile::TempDir::new().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::os::unix::fs::symlink(outside.path(), stack.path().join(LOCK_FILE)).unwrap();
        restore(&plan_file, stack.path()).unwrap();
        assert_eq!(
            std::fs::read_to_string(stack.path().join(LOCK_FILE)).unwrap(),
            "provider {}\n"
        );
        assert_eq!(std::fs::read_to_string(outside.path()).unwrap(), "");
    }

    #[test]
    fn what_is_no_archive_is_passed_over() {
        assert_eq!(from_plan(&PlanFile(b"encrypted".to_vec())), None);
        assert_eq!(from_plan(&PlanFile(Vec::new())), None);
    }
}
