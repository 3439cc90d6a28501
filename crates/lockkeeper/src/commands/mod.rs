//! One folder for each noun, one file for each verb: its arguments, and what it does.

mod ask;
pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod change;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod environment;
pub(crate) mod key;
mod listing;
pub(crate) mod login;
pub(crate) mod member;
mod output_file;
pub(crate) mod plan;
pub(crate) mod policy;
pub(crate) mod project;
pub(crate) mod project_file;
pub(crate) mod repository;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod stack;
pub(crate) mod state;
pub(crate) mod tf;
pub(crate) mod token;
pub(crate) mod user;
pub(crate) mod whoami;

use std::sync::atomic::{AtomicBool, Ordering};

use crate::cli::Command;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::session::Session;

/// Runs a command that is not the server.
///
/// # Errors
/// [`Failure`], with the exit code.
pub(crate) fn run(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        // These ask no server, and start at once: nothing is set up that they do not need.
        Command::Plan(command) => plan::run(command, session),
        Command::Policy(command) => policy::run(command, session),
        Command::Config(command) => config::run(command, session),
        Command::Init(arguments) => repository::init::run(&arguments, session),
        Command::UpgradeRepository(arguments) => repository::upgrade::run(&arguments, session),
        Command::Completion(arguments) => completion::run(&arguments, session),
        command => until_interrupted(command, session),
    }
}

/// Runs a command that asks a server, until it is done or the person presses Ctrl-C.
fn until_interrupted(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    choose_cryptography();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let child_at_work = session.child_at_work();
    runtime.block_on(async {
        tokio::select! {
            result = ask(command, session) => return result,
            () = interruption(&child_at_work) => {}
        }
        Ok(session.tell_interruption())
    })
}

/// Waits for a Ctrl-C that is meant for this program.
async fn interruption(child_at_work: &AtomicBool) {
    loop {
        // Without a handler Ctrl-C ends the program by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        if !child_at_work.load(Ordering::Relaxed) {
            return;
        }
    }
}

/// Says what TLS is made of. Without it no connection is made.
pub(crate) fn choose_cryptography() {
    // Fails only when a provider is installed already, and then there is one.
    rustls::crypto::ring::default_provider().install_default().ok();
}

async fn ask(command: Command, session: &mut Session) -> Result<Exit, Failure> {
    match command {
        Command::Login(arguments) => login::run(arguments, session).await,
        Command::Whoami(_) => whoami::run(session).await,
        Command::Change(command) => change::run(command, session).await,
        Command::Run(command) => run::run(command, session).await,
        Command::Project(command) => project::run(command, session).await,
        Command::Environment(command) => environment::run(command, session).await,
        Command::Stack(command) => stack::run(command, session).await,
        Command::Member(command) => member::run(command, session).await,
        Command::User(command) => user::run(command, session).await,
        Command::Token(command) => token::run(command, session).await,
        Command::State(command) => state::run(command, session).await,
        Command::Audit(command) => audit::run(command, session).await,
        Command::Backup(command) => backup::run(command, session).await,
        Command::Key(command) => key::run(command, session).await,
        Command::Doctor(arguments) => doctor::run(arguments, session).await,
        Command::Tf(arguments) => tf::run(arguments, session).await,
        Command::Serve(_)
        | Command::Plan(_)
        | Command::Policy(_)
        | Command::Config(_)
        | Command::Init(_)
        | Command::UpgradeRepository(_)
        | Command::Completion(_) => Err(Failure::usage("this command asks no server")),
    }
}
