//! A folder with Terraform in it, whose state is in Lockkeeper.
#![allow(clippy::disallowed_methods, reason = "tests start the programs themselves")]

use std::path::Path;
use std::process::{Command, Stdio};

use crate::world::{Ended, World, ended};

/// A stack with its state in the `http` backend.
pub const HTTP: &str =
    "terraform {\n  backend \"http\" {}\n}\nresource \"terraform_data\" \"a\" {\n  input = 1\n}\n";

/// The folder, and the address of the state.
pub struct Laptop<'a> {
    pub address: String,
    world: &'a World,
    folder: tempfile::TempDir,
}

impl<'a> Laptop<'a> {
    /// A folder for the state of the stack `laptop` in staging.
    pub fn new(world: &'a World) -> Self {
        Self::of_stack(world, "laptop")
    }

    /// A folder for the state of a stack in staging.
    pub fn of_stack(world: &'a World, stack: &str) -> Self {
        let address = format!(
            "{}/api/v1/projects/shop/environments/staging/stacks/{stack}/state",
            world.address()
        );
        let laptop = Self {
            address,
            world,
            folder: tempfile::tempdir().unwrap(),
        };
        laptop.write(HTTP);
        laptop
    }

    /// Puts another `main.tf` in place.
    pub fn write(&self, main: &str) {
        self.write_file("main.tf", main);
    }

    /// Puts a file into the folder.
    pub fn write_file(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Types a command of Terraform, with nothing but the variables of the `http` backend.
    pub fn terraform(&self, who: &str, arguments: &[&str]) -> Ended {
        ended(self.command(who, arguments).output().unwrap())
    }

    /// As [`Laptop::terraform`], with the addresses and methods that GitLab's documentation gives.
    pub fn terraform_by_gitlabs_variables(&self, who: &str, arguments: &[&str]) -> Ended {
        let lock = format!("{}/lock", self.address);
        let mut command = self.command(who, arguments);
        command
            .env("TF_HTTP_LOCK_ADDRESS", &lock)
            .env("TF_HTTP_UNLOCK_ADDRESS", &lock)
            .env("TF_HTTP_LOCK_METHOD", "POST")
            .env("TF_HTTP_UNLOCK_METHOD", "DELETE");
        ended(command.output().unwrap())
    }

    /// The command, to be started by the test.
    pub fn command(&self, who: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("terraform");
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_HTTP_ADDRESS", &self.address)
            .env("TF_HTTP_LOCK_ADDRESS", &self.address)
            .env("TF_HTTP_UNLOCK_ADDRESS", &self.address)
            .env("TF_HTTP_USERNAME", who)
            .env("TF_HTTP_PASSWORD", self.world.token(who))
            .env("TF_HTTP_RETRY_MAX", "0")
            .stdin(Stdio::null());
        command
    }
}
