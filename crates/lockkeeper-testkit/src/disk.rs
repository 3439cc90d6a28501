//! A small disk in memory, which can be full.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A disk that is mounted over a folder, in a mount namespace of its own: nobody else sees it, and it takes
/// no rights to make one. It outlives the programs that are started on it, and is gone when this is dropped.
#[derive(Debug)]
pub struct Disk {
    keeper: Child,
    folder: PathBuf,
}

impl Disk {
    /// Mounts a disk of so many MiB over the folder.
    ///
    /// # Panics
    /// When the system does not allow namespaces of users.
    pub fn mount(folder: &Path, megabytes: u64) -> Self {
        let script = "mount -t tmpfs -o mode=0700,size=$1m none \"$2\" && echo mounted && exec cat";
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
            .arg(megabytes.to_string())
            .arg(folder)
            // `cat` ends when this process does, and the disk with it.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is there: apt-get install util-linux");
        let mut said = String::new();
        let output = keeper.stdout.take().expect("the output is piped");
        BufReader::new(output).read_line(&mut said).expect("the output");
        assert_eq!(
            said, "mounted\n",
            "no disk could be mounted in a namespace of its own"
        );
        Self {
            keeper,
            folder: folder.to_owned(),
        }
    }

    /// Starts the program where the disk is, with `current` as its working folder.
    pub fn command(&self, program: &Path, current: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.keeper.id()))
            .args(["--user", "--mount", "--preserve-credentials"])
            // Entering a mount namespace leaves the working folder behind.
            .args(["sh", "-c", "cd \"$1\" && shift && exec \"$@\"", "sh"])
            .arg(current)
            .arg(program);
        command
    }

    /// The folder of the disk, for those who are outside of its namespace.
    pub fn path(&self) -> PathBuf {
        let root = Path::new("/proc").join(self.keeper.id().to_string()).join("root");
        root.join(self.folder.strip_prefix("/").unwrap_or(&self.folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
