//! Chromium without a window.

use std::path::{Path, PathBuf};

use super::ansi::escaped;
use super::{ScreensError, failed};
use crate::command;
use crate::tools;

/// The names under which systems have it.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// It shows pages of this project alone, so it needs no sandbox, which some systems do not let it have.
const OPTIONS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A browser, a folder for what it needs, and one for its pictures.
pub(super) struct Browser {
    program: &'static str,
    folder: PathBuf,
    pictures: PathBuf,
}

impl Browser {
    /// The browser of this system.
    pub(super) fn find(folder: &Path, pictures: PathBuf) -> Result<Self, ScreensError> {
        let found = NAMES.into_iter().find(|name| tools::on_path(name).is_some());
        Ok(Self {
            program: found.ok_or(ScreensError::NoBrowser)?,
            folder: folder.to_owned(),
            pictures,
        })
    }

    /// Takes a picture of a whole page, as wide as is said.
    pub(super) fn take(&self, picture: &str, page: &str, width: usize) -> Result<(), ScreensError> {
        let file = self.folder.join(format!("{picture}.html"));
        std::fs::write(&file, framed(page, width)).map_err(|source| failed(&file, source))?;
        let address = format!("file://{}", file.display());
        let shown = self.start(&["--window-size=1200,800", "--dump-dom", &address])?;
        let height = height(&shown).ok_or_else(|| ScreensError::NoHeight(picture.to_owned()))?;
        let size = format!("--window-size={width},{height}");
        let to = self.pictures.join(format!("{picture}.png"));
        self.start(&[&size, &format!("--screenshot={}", to.display()), &address])?;
        Ok(())
    }

    fn start(&self, arguments: &[&str]) -> Result<String, ScreensError> {
        let profile = format!("--user-data-dir={}", self.folder.join("profile").display());
        let mut all = OPTIONS.to_vec();
        all.push(&profile);
        all.extend(arguments);
        Ok(command::output(&self.folder, self.program, &all)?)
    }
}

/// The page in a frame: a window cannot be as narrow as a phone, and a frame can. It says how high the page is.
fn framed(page: &str, width: usize) -> String {
    format!(
        "<!doctype html><meta charset=\"utf-8\"><style>body {{ margin: 0 }}</style>\
         <iframe style=\"display: block; border: 0; width: {width}px\" srcdoc=\"{}\" onload=\"\
         const height = this.contentDocument.documentElement.offsetHeight;\
         this.style.height = height + 'px';\
         document.body.dataset.height = height;\"></iframe>",
        escaped(&format!("<!doctype html>{page}"))
    )
}

fn height(page: &str) -> Option<usize> {
    let (_, from) = page.split_once("data-height=\"")?;
    from.split_once('"')?.0.parse().ok()
}
