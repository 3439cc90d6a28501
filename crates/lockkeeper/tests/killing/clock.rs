//! A clock that can be set for one process (Debian's package `faketime`).

use std::path::{Path, PathBuf};

/// The clock of whoever is started with its variables. Only the time of day jumps; the clock by which
/// programs measure durations goes on.
pub struct FakeClock {
    file: PathBuf,
    text: [String; 2],
}

impl FakeClock {
    /// A clock that is right, and kept in the folder.
    ///
    /// # Panics
    /// When faketime is not installed.
    pub fn new(folder: &Path) -> Self {
        std::fs::create_dir_all(folder).unwrap();
        let file = folder.join("offset");
        let text = [library().display().to_string(), file.display().to_string()];
        let clock = Self { file, text };
        clock.set(0);
        clock
    }

    /// What a program is started with to live by this clock.
    pub fn variables(&self) -> Vec<(&str, &str)> {
        vec![
            ("LD_PRELOAD", &self.text[0]),
            ("FAKETIME_TIMESTAMP_FILE", &self.text[1]),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }

    /// Sets it so many seconds after the true time, or before.
    pub fn set(&self, seconds: i64) {
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}\n")).unwrap();
        // A reader finds one of the two, never half of one.
        std::fs::rename(new, &self.file).unwrap();
    }
}

fn library() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders
        .map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.exists())
        .expect("libfaketime is missing: apt-get install faketime")
}
