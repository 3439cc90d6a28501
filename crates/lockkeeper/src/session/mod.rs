//! One invocation: where output goes, which server is asked, as whom, and about which project.

mod credentials;
mod surroundings;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use lockkeeper_api::client::{Client, ClientSettings, IdempotencyKey, ServerAddress, Token};
use lockkeeper_api::types::page::PageQuery;

pub(crate) use self::credentials::{Credentials, read_token, token};
pub(crate) use self::surroundings::Surroundings;
use crate::cli::GlobalOptions;
use crate::commands::project_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::console::Console;
use crate::output::escape;

/// Where `lockkeeper serve` listens when nothing else is said.
const DEFAULT_ADDRESS: &str = "http://127.0.0.1:7070";

/// One invocation.
pub(crate) struct Session {
    /// Where output goes.
    pub(crate) console: Console,
    /// What this process was started with.
    pub(crate) surroundings: Surroundings,
    options: GlobalOptions,
    on_interrupt: Option<String>,
    child_at_work: Arc<AtomicBool>,
}

impl Session {
    /// A session with these options.
    pub(crate) fn new(options: GlobalOptions, console: Console, surroundings: Surroundings) -> Self {
        Self {
            console,
            surroundings,
            options,
            on_interrupt: None,
            child_at_work: Arc::default(),
        }
    }

    /// The address of the server: the option or variable, then the one that was logged in to last, then
    /// the default.
    ///
    /// # Errors
    /// When it is no address, or the credentials cannot be read.
    pub(crate) fn address(&self) -> Result<ServerAddress, Failure> {
        if let Some(address) = given(self.options.address.as_deref()) {
            return Ok(address.parse()?);
        }
        let credentials = Credentials::load(&self.surroundings)?;
        Ok(credentials
            .default
            .as_deref()
            .unwrap_or(DEFAULT_ADDRESS)
            .parse()?)
    }

    /// A client of the server, with the caller's token if there is one.
    ///
    /// # Errors
    /// When the address or the token cannot be read.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let address = self.address()?;
        let token = self.token(&address)?;
        self.client_with(address, token)
    }

    /// A client with another token than the session's.
    ///
    /// # Errors
    /// When a connection cannot be set up.
    pub(crate) fn client_with(
        &self,
        address: ServerAddress,
        token: Option<Token>,
    ) -> Result<Client, Failure> {
        Ok(Client::new(ClientSettings {
            token,
            ..ClientSettings::new(address)
        })?)
    }

    fn token(&self, address: &ServerAddress) -> Result<Option<Token>, Failure> {
        let surroundings = &self.surroundings;
        if let Some(token) = &surroundings.token {
            return Ok(Some(token.clone()));
        }
        if let Some(path) = &surroundings.token_file {
            return credentials::read_token(path).map(Some).map_err(|failure| {
                failure.with_hint(
                    "LOCKKEEPER_TOKEN_FILE names that file: correct it, or unset it to use the token that `lockkeeper login` stored",
                )
            });
        }
        if let Some(token) = Credentials::load(surroundings)?.token_for(address) {
            return Ok(Some(token));
        }
        if !address.is_loopback() {
            return Ok(None);
        }
        // On the machine of the server its first token is at hand, so that the first commands just work.
        Ok(credentials::read_token(&surroundings.bootstrap_token()).ok())
    }

    /// A client, and the name of the project: the option or variable, else the one that the repository around the
    /// working folder names, else the only one there is.
    ///
    /// # Errors
    /// When there is no project or more than one, or the repository's project file has mistakes.
    pub(crate) async fn project(&self) -> Result<(Client, String), Failure> {
        let client = self.client()?;
        if let Some(project) = given(self.options.project.as_deref()) {
            return Ok((client, project.to_owned()));
        }
        if let Some(project) = self.project_of_repository()? {
            return Ok((client, project));
        }
        let projects = client
            .projects(&PageQuery {
                cursor: None,
                limit: Some(20),
            })
            .await?
            .items;
        let mut names = projects.into_iter().map(|project| project.name);
        match (names.next(), names.next()) {
            (Some(name), None) => Ok((client, name)),
            (None, _) => Err(Failure::new(
                Exit::NotFound,
                "no-project",
                "There is no project",
                "there is no project, or none that you may see",
            )
            .with_hint("create one: lockkeeper project create NAME --repository PATH_OR_ADDRESS")),
            (Some(first), Some(second)) => {
                let names: Vec<String> = [first, second].into_iter().chain(names).collect();
                let names = escape::line(&names.join(", ")).into_owned();
                Err(Failure::usage(format!("there are several projects: {names}"))
                    .with_hint("say which with --project NAME, or set LOCKKEEPER_PROJECT"))
            }
        }
    }

    /// With mistakes in the file nobody knows which project is meant, and another one must not be taken for it.
    fn project_of_repository(&self) -> Result<Option<String>, Failure> {
        let Some(root) = project_file::root(&self.surroundings.working_folder) else {
            return Ok(None);
        };
        let settings = project_file::read(root)?;
        Ok(settings.project.map(|project| project.as_str().to_owned()))
    }

    /// Takes over what a `.env` file says, where neither an option nor a variable does. A token of the shell
    /// is not sent to an address that only a file names: whoever wrote the file could collect it.
    pub(crate) fn take_over(&mut self, variables: &BTreeMap<String, String>) {
        let read = |name: &str| given(variables.get(name).map(String::as_str)).map(str::to_owned);
        if given(self.options.address.as_deref()).is_none()
            && let Some(address) = read("LOCKKEEPER_ADDRESS")
        {
            self.options.address = Some(address);
            self.surroundings.token = None;
            self.surroundings.token_file = None;
        }
        if given(self.options.project.as_deref()).is_none() {
            self.options.project = read("LOCKKEEPER_PROJECT");
        }
        if self.surroundings.token.is_none() && self.surroundings.token_file.is_none() {
            self.surroundings.token = read("LOCKKEEPER_TOKEN").map(Token::new);
            self.surroundings.token_file = read("LOCKKEEPER_TOKEN_FILE").map(PathBuf::from);
        }
    }

    /// The project is this one, where neither an option nor a variable names one.
    pub(crate) fn default_project(&mut self, project: &str) {
        if given(self.options.project.as_deref()).is_none() {
            self.options.project = Some(project.to_owned());
        }
    }

    /// Whether a program is at work that was started for the person. Ctrl-C is then for that program, and this
    /// one waits for its end.
    pub(crate) fn child_at_work(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.child_at_work)
    }

    /// What to say when the person presses Ctrl-C while the command waits.
    pub(crate) fn when_interrupted(&mut self, text: impl Into<String>) {
        self.on_interrupt = Some(text.into());
    }

    /// Says that the command was stopped, and what goes on without it.
    pub(crate) fn tell_interruption(&mut self) -> Exit {
        let text = self
            .on_interrupt
            .take()
            .unwrap_or_else(|| "what the server was asked to do goes on".to_owned());
        // Whoever pressed Ctrl-C may have closed the terminal with it.
        self.console.note(&format!("\ninterrupted: {text}")).ok();
        Exit::Interrupted
    }
}

/// A new key for one thing that a person asks for.
///
/// # Errors
/// When the operating system gives no random numbers.
pub(crate) fn new_key() -> Result<IdempotencyKey, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        let detail = format!("the operating system gives no random numbers: {error}");
        Failure::new(Exit::Failure, "random", "There are no random numbers", detail)
    })?;
    Ok(IdempotencyKey::from_random(bytes))
}

/// An empty variable counts as absent.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}
