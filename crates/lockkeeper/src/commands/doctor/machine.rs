//! The machine: who may read the files, how much room is left, the tool, the clock.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use lockkeeper_config::ServerConfig;
use lockkeeper_config::server::{Database, RootKeySource};
use lockkeeper_terraform::TerraformEngine;

use super::finding::Finding;
use crate::commands::serve;
use crate::output::words;

const FILES: &str = "files";
const SPACE: &str = "free space";
const TOOL: &str = "tool";
const CLOCK: &str = "clock";
/// Below this the next big state may not fit.
const LITTLE: u64 = 1 << 30;
/// Clocks of machines in one network differ by less.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// Whether others than the owner may touch what the server keeps.
pub(super) fn files(configuration: &ServerConfig) -> Vec<Finding> {
    let data = &configuration.data;
    let mut files: Vec<PathBuf> = vec![data.clone(), data.join("bootstrap-token")];
    if let Database::Sqlite { file } = &configuration.database {
        files.push(file.clone());
    }
    if let RootKeySource::File(file) = &configuration.encryption.root_key {
        files.push(file.clone());
    }
    let open: Vec<Finding> = files.iter().filter_map(|file| open_to_others(file)).collect();
    if open.is_empty() {
        return vec![Finding::good(
            FILES,
            format!("{} and the keys are for their owner only", data.display()),
        )];
    }
    open
}

fn open_to_others(file: &Path) -> Option<Finding> {
    let mode = std::fs::metadata(file).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Finding::problem(
            FILES,
            format!("others may use {} (mode {mode:03o})", file.display()),
            format!("chmod go= {}", file.display()),
        )
    })
}

/// How much room the data folder has.
pub(super) fn space(data: &Path) -> Finding {
    let room = match nix::sys::statvfs::statvfs(data) {
        Ok(room) => room,
        Err(error) => {
            let detail = format!("cannot tell the room in {}: {error}", data.display());
            return Finding::warning(SPACE, detail, "look with `df`");
        }
    };
    let free = room.blocks_available().saturating_mul(room.fragment_size());
    let detail = format!("{} free where {} is", words::bytes(free), data.display());
    if free < LITTLE {
        return Finding::problem(
            SPACE,
            detail,
            "free some space, or move the data folder to a bigger disk",
        );
    }
    Finding::good(SPACE, detail)
}

/// Whether the tool that makes plans is there.
pub(super) async fn tool(configuration: &ServerConfig) -> Finding {
    let engine = TerraformEngine::new(serve::terraform_settings(configuration, &configuration.data));
    match engine.version().await {
        Ok(version) => Finding::good(TOOL, version.to_string()),
        Err(error) => Finding::problem(
            TOOL,
            error.to_string(),
            "install it, or name another as terraform.tool in lockkeeper.toml: until then nothing is planned or applied",
        ),
    }
}

/// Whether the clock stands behind what is on record.
pub(super) fn clock(now: Timestamp, recorded: Option<Timestamp>) -> Finding {
    match recorded {
        Some(recorded) if recorded > now + SKEW => Finding::problem(
            CLOCK,
            format!(
                "this machine says {}, and something is on record at {}",
                words::exact_time(&now.to_string()),
                words::exact_time(&recorded.to_string())
            ),
            "set the clock, and keep it set with NTP: windows, approvals and tokens go by it",
        ),
        _ => {
            let now = words::exact_time(&now.to_string());
            Finding::good(CLOCK, format!("{now}, behind nothing that is on record"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;
    use std::fs::Permissions;

    #[test]
    fn a_file_that_others_may_read_is_a_problem_with_its_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "k").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
        assert_eq!(open_to_others(&file), None);
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        let finding = open_to_others(&file).unwrap();
        assert_eq!(finding.grade, Grade::Problem);
        assert!(finding.detail.contains("mode 640"));
        assert_eq!(finding.next.unwrap(), format!("chmod go= {}", file.display()));
        assert_eq!(open_to_others(&folder.path().join("none")), None);
    }

    #[test]
    fn a_clock_behind_the_record_is_a_problem() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(clock(now, None).grade, Grade::Good);
        assert_eq!(clock(now, Some(now + SKEW)).grade, Grade::Good);
        assert_eq!(clock(now, Some(now + SKEW * 2)).grade, Grade::Problem);
    }

    #[test]
    fn the_room_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(space(folder.path()).detail.contains("free where"));
        assert_eq!(space(&folder.path().join("none")).grade, Grade::Warning);
    }
}
