//! The pictures of `docs/screens`: what the program prints and what its HTML looks like, of the plans in
//! `examples/plans`, taken by Chromium without a window.

mod ansi;
mod browser;

use std::path::{Path, PathBuf};

use lockkeeper_plan::inspect::inspect;
use lockkeeper_plan::render::{PlanView, html};

use crate::command::{self, CommandError};
use browser::Browser;

/// Why there are no pictures.
#[derive(Debug, thiserror::Error)]
pub enum ScreensError {
    /// No browser.
    #[error("there is no chromium on the PATH: install it (Debian's package is `chromium`), then try again")]
    NoBrowser,
    /// A program failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A plan of the examples cannot be read.
    #[error("{path}: {source}")]
    Plan {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: lockkeeper_plan::reader::ReadError,
    },
    /// The browser did not say how high a page is.
    #[error("chromium did not say how high the page of {0} is")]
    NoHeight(String),
}

/// Columns of the terminal, and what a picture of it takes.
const COLUMNS: &str = "100";
const TERMINAL_WIDTH: usize = 900;
const PAGE_WIDTH: usize = 900;
const PHONE_WIDTH: usize = 390;

const TERMINALS: [(&str, &str, &str); 4] = [
    ("terminal-small", "small", ""),
    ("terminal-medium", "medium", ""),
    ("terminal-medium-full", "medium", " --full"),
    ("terminal-large", "large", ""),
];

const PAGES: [(&str, &str, bool, usize); 4] = [
    ("html-light", "medium", false, PAGE_WIDTH),
    ("html-dark", "medium", true, PAGE_WIDTH),
    ("html-phone", "medium", false, PHONE_WIDTH),
    ("html-large", "large", false, PAGE_WIDTH),
];

/// Takes every picture anew.
///
/// # Errors
/// When the program cannot be built, or Chromium is not there or fails.
pub fn run(root: &Path) -> Result<(), ScreensError> {
    command::output(
        root,
        "cargo",
        &["build", "--quiet", "--locked", "--package", "lockkeeper"],
    )?;
    let folder = tempfile::tempdir().map_err(|source| failed(Path::new("a temporary folder"), source))?;
    for name in ["small", "medium", "large"] {
        unpack(root, name, folder.path())?;
    }
    let browser = Browser::find(folder.path(), root.join("docs/screens"))?;
    for (picture, plan, options) in TERMINALS {
        let page = terminal(root, folder.path(), &format!("plan inspect {plan}.json{options}"))?;
        browser.take(picture, &page, TERMINAL_WIDTH)?;
    }
    for (picture, plan, dark, width) in PAGES {
        let page = page(root, &folder.path().join(format!("{plan}.json")), dark)?;
        browser.take(picture, &page, width)?;
    }
    Ok(())
}

fn failed(path: &Path, source: std::io::Error) -> ScreensError {
    ScreensError::File {
        path: path.to_owned(),
        source,
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ScreensError> {
    std::fs::read(path).map_err(|source| failed(path, source))
}

/// Puts a plan of the examples into a folder, as the name of the example and `.json`.
fn unpack(root: &Path, name: &str, folder: &Path) -> Result<(), ScreensError> {
    let from = root.join("examples/plans").join(name);
    let packed = from.join("plan.json.zst");
    let plan = match packed.exists() {
        true => zstd::decode_all(read(&packed)?.as_slice()).map_err(|source| failed(&packed, source))?,
        false => read(&from.join("plan.json"))?,
    };
    let to = folder.join(format!("{name}.json"));
    std::fs::write(&to, plan).map_err(|source| failed(&to, source))
}

/// A page that looks like a terminal in which a command was typed.
fn terminal(root: &Path, folder: &Path, words: &str) -> Result<String, ScreensError> {
    let program = root.join("target/debug/lockkeeper");
    let arguments: Vec<&str> = words.split(' ').collect();
    let environment = [("COLUMNS", COLUMNS), ("CLICOLOR_FORCE", "1")];
    let output = command::output_with(folder, &program.to_string_lossy(), &arguments, &environment)?;
    let prompt = format!("\u{1b}[32m$\u{1b}[0m lockkeeper {words}\n");
    Ok(format!(
        "<style>{}</style><pre>{}</pre>",
        include_str!("terminal.css"),
        ansi::html(&(prompt + &output))
    ))
}

/// The HTML of a plan under the style sheet of the documents, with what stands first opened.
fn page(root: &Path, plan: &Path, dark: bool) -> Result<String, ScreensError> {
    let inspection = inspect(&read(plan)?).map_err(|source| ScreensError::Plan {
        path: plan.to_owned(),
        source,
    })?;
    let sheet = root.join("docs/screens/plan.css");
    let sheet = String::from_utf8_lossy(&read(&sheet)?).into_owned();
    // The choice of whoever reads, made for them.
    let sheet = sheet.replace(
        "(prefers-color-scheme: dark)",
        if dark { "all" } else { "not all" },
    );
    let fragment = html(&PlanView::of(&inspection)).replacen("<details>", "<details open>", 1);
    Ok(format!("<style>body {{ margin: 0 }} {sheet}</style>{fragment}"))
}
