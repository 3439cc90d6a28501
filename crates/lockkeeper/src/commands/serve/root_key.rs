//! The root key, from where the operator keeps it.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use lockkeeper_config::server::{EncryptionConfig, RootKeySource};
use lockkeeper_engine::environment::{NETWORK, search_path, taken_over};
use lockkeeper_engine::process::{Command, End, never_cancelled};
use lockkeeper_store::keyring::{KeyNeeded, RootKey};
use lockkeeper_store::{Database, StoreError, sealing};
use lockkeeper_usecases::clock::{Clock, SystemClock};
use zeroize::Zeroizing;

use super::server::{failed, store_failed};
use crate::failure::Failure;

/// How long a command may take that answers the root key.
const COMMAND_TIME_LIMIT: Duration = Duration::from_secs(30);
/// The most bytes that it may print.
const COMMAND_OUTPUT: usize = 4096;
/// What a command sees of the server's environment besides the way to the network.
const COMMAND_ENVIRONMENT: [&str; 3] = ["HOME", "LANG", "USER"];

/// Opens the database's keys with the root key.
pub(super) async fn unlock(database: &Database, encryption: &EncryptionConfig) -> Result<(), Failure> {
    let (root, made) = match &encryption.root_key {
        RootKeySource::File(file) if !file.exists() => (first_key(database, file).await?, Some(file)),
        _ => (read(encryption).await?, None),
    };
    match (database.unlock(&root, SystemClock.now()).await, made) {
        (Err(StoreError::WrongRootKey { .. }), Some(file)) => return Err(too_late(file)),
        (unlocked, _) => unlocked.map_err(store_failed)?,
    }
    // What an earlier version wrote in clear is sealed before anything is served: from then on text in clear is
    // not believed.
    let sealed = sealing::seal_clear(database, SystemClock.now())
        .await
        .map_err(store_failed)?;
    if sealed > 0 {
        tracing::info!(values = sealed, "sealed what an earlier version kept in clear");
    }
    Ok(())
}

/// A key is made for a database without data only: over data it would lock everything in for ever.
async fn first_key(database: &Database, file: &Path) -> Result<RootKey, Failure> {
    let lost = |needed: String| {
        failed(format!("the root key {} is missing, and the data need {needed}", file.display()))
            .with_hint("put the file back, or restore it from where it is kept: without it nothing of the data can be read")
    };
    match database.key_needed().await.map_err(store_failed)? {
        KeyNeeded::Any => make(file),
        KeyNeeded::First => Err(lost("the one that was made at the first start".to_owned())),
        KeyNeeded::Root(fingerprint) => Err(lost(format!("the one with the fingerprint {fingerprint}"))),
    }
}

/// Several servers started without a key at the same time, and another one was faster. Nothing was sealed by the key
/// that was made here.
fn too_late(file: &Path) -> Failure {
    let left = std::fs::remove_file(file).err();
    let left = left.map_or_else(String::new, |error| {
        format!("; the file that it left cannot be removed: {error}")
    });
    failed(format!(
        "another server made the root key while this one did{left}"
    ))
    .with_hint(format!(
        "copy that server's root key to {}, and start this one again",
        file.display()
    ))
}

/// Makes a root key and writes it into a new file.
pub(super) fn make(file: &Path) -> Result<RootKey, Failure> {
    let root = RootKey::random().map_err(store_failed)?;
    root.write_new(file).map_err(store_failed)?;
    Ok(root)
}

/// Reads the root key, which must be there.
pub(super) async fn read(encryption: &EncryptionConfig) -> Result<RootKey, Failure> {
    let source = &encryption.root_key;
    let bytes = match source {
        RootKeySource::File(file) => std::fs::read(file).map_err(|error| {
            Failure::file("read the root key", file, &error)
                .with_hint("put a copy of the key there, or name where it is as encryption.root_key_file")
        })?,
        RootKeySource::Variable(key) => key.expose().as_bytes().to_vec(),
        RootKeySource::Command(parts) => ask(encryption, parts).await?,
    };
    let bytes = Zeroizing::new(bytes);
    RootKey::parse(&bytes).map_err(|error| failed(format!("cannot use the root key of {source}: {error}")))
}

/// Asks a program for the key. No shell reads its arguments.
async fn ask(encryption: &EncryptionConfig, parts: &[String]) -> Result<Vec<u8>, Failure> {
    let source = &encryption.root_key;
    let (program, arguments) = parts
        .split_first()
        .ok_or_else(|| failed(format!("{source} is empty")))?;
    let mut command = Command::new(program, std::env::current_dir()?).arguments(arguments);
    let own = taken_over(NETWORK.into_iter().chain(COMMAND_ENVIRONMENT));
    let passed = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| encryption.passes(name));
    command.environment = own
        .into_iter()
        .map(|(name, value)| (name, OsString::from(value)))
        .chain(passed)
        .collect();
    command
        .environment
        .insert("PATH".to_owned(), search_path().into());
    command.time_limit = COMMAND_TIME_LIMIT;
    command.interrupt_grace = Duration::from_secs(2);
    let hint = "try it by hand as the server's user; of the environment it sees PATH, HOME, proxies and what \
        encryption.root_key_environment names";
    let captured = command
        .capture(COMMAND_OUTPUT, never_cancelled())
        .await
        .map_err(|error| failed(format!("cannot ask {source} for the root key: {error}")).with_hint(hint))?;
    let how = match captured.end {
        End::Exited(0) => return Ok(captured.stdout),
        End::Exited(code) => format!("it ended with exit code {code}"),
        End::Cancelled { .. } | End::TimedOut { .. } => {
            format!("it took longer than {} seconds", COMMAND_TIME_LIMIT.as_secs())
        }
    };
    let said = captured.message.trim();
    let detail = if said.is_empty() {
        format!("{source} gave no root key: {how}")
    } else {
        format!("{source} gave no root key: {how}: {said}")
    };
    Err(failed(detail).with_hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lockkeeper_config::ServerConfig;
    use std::collections::BTreeMap;

    fn encryption(command: &[&str]) -> EncryptionConfig {
        let parts = command.iter().map(|part| (*part).to_owned()).collect();
        let config = ServerConfig::parse("", &BTreeMap::new()).unwrap();
        config.encryption.with_root_key(RootKeySource::Command(parts))
    }

    #[tokio::test]
    async fn a_command_prints_the_key_and_sees_little() {
        let hexadecimal = "a7".repeat(32);
        let read = read(&encryption(&["printf", &hexadecimal])).await.unwrap();
        assert_eq!(read.fingerprint(), RootKey::new([0xa7; 32]).fingerprint());
        let seen = ask(&encryption(&["env"]), &["env".to_owned()]).await.unwrap();
        let seen = String::from_utf8(seen).unwrap();
        let allowed =
            |name: &str| name == "PATH" || COMMAND_ENVIRONMENT.contains(&name) || NETWORK.contains(&name);
        for line in seen.lines() {
            let name = line.split('=').next().unwrap();
            assert!(allowed(name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_command_that_fails_says_why_and_shows_no_argument() {
        let command = ["sh", "-c", "echo sealed >&2; exit 3", "hunter2"];
        let failure = read(&encryption(&command)).await.unwrap_err();
        let detail = &failure.problem().detail;
        assert_eq!(
            detail,
            "the command sh gave no root key: it ended with exit code 3: sealed"
        );
        let failure = read(&encryption(&["echo", "no key"])).await.unwrap_err();
        assert!(failure.problem().detail.contains("it is not a root key"));
        let failure = read(&encryption(&["no-such-program"])).await.unwrap_err();
        assert!(failure.problem().detail.contains("was not found"));
    }
}
