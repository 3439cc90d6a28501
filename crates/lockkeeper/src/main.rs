//! The `lockkeeper` command: reads the command line, and says how it went.

mod cli;
mod commands;
mod exit;
mod failure;
mod output;
mod session;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::console::Console;
use crate::session::{Session, Surroundings};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut console = Console::of_process(cli.global.json);
    let result = match cli.command {
        Command::Serve(arguments) => commands::serve::run(arguments).map(|()| Exit::Success),
        command => {
            let mut session = Session::new(cli.global, console, Surroundings::of_process());
            let result = commands::run(command, &mut session);
            console = session.console;
            result
        }
    };
    result
        .unwrap_or_else(|failure| tell(&mut console, &failure))
        .into()
}

fn tell(console: &mut Console, failure: &Failure) -> Exit {
    // When standard error is closed, too, the exit code is all that is left.
    output::failure::tell(console, failure).ok();
    failure.exit()
}
