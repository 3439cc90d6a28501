//! The tokens that `lockkeeper login` stores. A token is only ever sent to the address that it was
//! stored for.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use lockkeeper_api::client::{ServerAddress, Token};
use serde::{Deserialize, Serialize};

use super::Surroundings;
use crate::exit::Exit;
use crate::failure::Failure;

/// A token is far shorter. A larger file was named by mistake.
const LARGEST_TOKEN_FILE: u64 = 64 * 1024;

/// The file `credentials.toml`.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The address that was logged in to last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) default: Option<String>,
    /// One entry for each address.
    #[serde(default)]
    servers: BTreeMap<String, StoredToken>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredToken {
    token: String,
}

impl Credentials {
    /// The stored credentials; none when the file is not there.
    ///
    /// # Errors
    /// When the file cannot be read, or is not what `login` writes.
    pub(crate) fn load(surroundings: &Surroundings) -> Result<Self, Failure> {
        let Ok(path) = path(surroundings) else {
            return Ok(Self::default());
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::file("read", &path, &error)),
        };
        // The parser's own message quotes the line, and with it the token.
        toml::from_str(&text).map_err(|_| {
            let detail = format!("{} is not a file that `lockkeeper login` wrote", path.display());
            Failure::new(
                Exit::Failure,
                "credentials",
                "The credentials cannot be read",
                detail,
            )
            .with_hint("delete it, and log in again")
        })
    }

    /// The token that was stored for the address.
    pub(crate) fn token_for(&self, address: &ServerAddress) -> Option<Token> {
        self.servers
            .get(&address.to_string())
            .map(|stored| Token::new(stored.token.clone()))
    }

    /// Stores a token for the address, and makes it the default. Answers the file.
    ///
    /// # Errors
    /// When the file cannot be written; it is then as it was.
    pub(crate) fn store(
        mut self,
        surroundings: &Surroundings,
        address: &ServerAddress,
        token: &Token,
    ) -> Result<PathBuf, Failure> {
        let path = path(surroundings)?;
        self.default = Some(address.to_string());
        self.servers.insert(
            address.to_string(),
            StoredToken {
                token: token.expose().to_owned(),
            },
        );
        let written = toml::to_string(&self)
            .map_err(io::Error::other)
            .and_then(|text| write_private(&path, &text));
        written.map_err(|error| Failure::file("write", &path, &error))?;
        Ok(path)
    }
}

fn path(surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    let folder = surroundings.configuration.as_ref().ok_or_else(|| {
        Failure::usage("there is no folder for the credentials: neither HOME nor XDG_CONFIG_HOME is set")
    })?;
    Ok(folder.join("credentials.toml"))
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // Temporary files are for their owner only, and so is what they are renamed to.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(fs::Permissions::from_mode(0o600))?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

/// Reads a token from a file that holds nothing else.
///
/// # Errors
/// When the file cannot be read, or holds no token.
pub(crate) fn read_token(path: &Path) -> Result<Token, Failure> {
    let size = fs::metadata(path)
        .map_err(|error| Failure::file("read the token in", path, &error))?
        .len();
    if size > LARGEST_TOKEN_FILE {
        return Err(Failure::usage(format!(
            "{} holds no token: it is {size} bytes long",
            path.display()
        )));
    }
    let text = fs::read_to_string(path).map_err(|error| Failure::file("read the token in", path, &error))?;
    token(&text).ok_or_else(|| Failure::usage(format!("{} holds no token", path.display())))
}

/// The token in a text, without the line end that editors add.
pub(crate) fn token(text: &str) -> Option<Token> {
    let text = text.trim();
    let valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    valid.then(|| Token::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(folder: &Path) -> Surroundings {
        Surroundings {
            token: None,
            token_file: None,
            configuration: Some(folder.join("config").join("lockkeeper")),
            variables: BTreeMap::new(),
            working_folder: folder.to_owned(),
        }
    }

    #[test]
    fn stored_for_one_address_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let here = surroundings(folder.path());
        let near: ServerAddress = "http://127.0.0.1:7070".parse().unwrap();
        let far: ServerAddress = "https://keeper.example".parse().unwrap();
        Credentials::load(&here)
            .unwrap()
            .store(&here, &near, &Token::new("one"))
            .unwrap();
        let path = Credentials::load(&here)
            .unwrap()
            .store(&here, &far, &Token::new("two"))
            .unwrap();

        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(
            fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777,
            0o700
        );
        let stored = Credentials::load(&here).unwrap();
        assert_eq!(stored.default.as_deref(), Some("https://keeper.example"));
        assert_eq!(stored.token_for(&near), Some(Token::new("one")));
        assert_eq!(stored.token_for(&"http://127.0.0.1:7071".parse().unwrap()), None);
    }

    #[test]
    fn a_broken_file_does_not_show_its_token() {
        let folder = tempfile::tempdir().unwrap();
        let here = surroundings(folder.path());
        write_private(&path(&here).unwrap(), "token = \"lk_hunter2\n").unwrap();
        let failure = Credentials::load(&here).err().unwrap();
        assert!(!format!("{failure:?}").contains("hunter2"));
    }

    #[test]
    fn tokens_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (text, expected) in [("lk_a\n", Some("lk_a")), ("\n", None), ("two words", None)] {
            fs::write(&path, text).unwrap();
            assert_eq!(read_token(&path).ok(), expected.map(Token::new), "{text:?}");
        }
    }
}
