//! The terminal, or the pipe that stands in for it.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use super::escape;
use crate::failure::Failure;

/// The width when there is no terminal, and the widest that is used: longer lines are hard to read.
const NARROW_ENOUGH: usize = 110;
const WIDE_ENOUGH: usize = 40;

/// Where output goes.
pub(crate) struct Console {
    out: Box<dyn Write>,
    error: Box<dyn Write>,
    colour_out: bool,
    colour_error: bool,
    terminal: bool,
    json: bool,
    width: usize,
}

impl Console {
    /// The console of this process. `json`: standard output is for programs.
    pub(crate) fn of_process(json: bool) -> Self {
        let is_coloured = |choice| choice != anstream::ColorChoice::Never;
        let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        // What is not written to a terminal has the width that is asked for.
        let asked = || std::env::var("COLUMNS").ok()?.parse().ok();
        let width = width.or_else(asked).unwrap_or(NARROW_ENOUGH);
        Self {
            colour_out: is_coloured(anstream::AutoStream::choice(&io::stdout())),
            colour_error: is_coloured(anstream::AutoStream::choice(&io::stderr())),
            terminal: io::stdout().is_terminal(),
            out: Box::new(io::stdout()),
            error: Box::new(io::stderr()),
            json,
            width: width.clamp(WIDE_ENOUGH, NARROW_ENOUGH),
        }
    }

    /// Whether standard output is for programs.
    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// How many columns a line has.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Prints data: styled text, untrusted parts escaped already.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub(crate) fn data(&mut self, text: &str) -> Result<(), Failure> {
        write(&mut self.out, text, self.colour_out)
    }

    /// Prints a message for people, with a line end.
    ///
    /// # Errors
    /// When standard error cannot be written to.
    pub(crate) fn note(&mut self, text: &str) -> Result<(), Failure> {
        self.note_piece(&format!("{text}\n"))
    }

    /// Prints a part of a message for people.
    ///
    /// # Errors
    /// When standard error cannot be written to.
    pub(crate) fn note_piece(&mut self, text: &str) -> Result<(), Failure> {
        write(&mut self.error, text, self.colour_error)
    }

    /// Prints a value for programs.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        // Written as it is made: what is known of a large plan is large as well.
        let mut out = BufWriter::with_capacity(64 * 1024, escape::JsonWriter::new(&mut self.out));
        serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    }

    /// Prints a value for programs, or a line about it for people.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub(crate) fn answer(&mut self, value: &impl Serialize, line: &str) -> Result<(), Failure> {
        if self.json {
            self.json(value)
        } else {
            self.data(&format!("{line}\n"))
        }
    }

    /// Prints a value for programs on one line, as one of many.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub(crate) fn json_line(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(io::Error::from)?;
        self.data(&format!("{}\n", escape::json(&text)))
    }

    /// Passes bytes on: unaltered into a file or pipe, escaped onto a terminal.
    ///
    /// # Errors
    /// When standard output cannot be written to.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if self.terminal {
            let text = String::from_utf8_lossy(bytes);
            self.out.write_all(escape::lines(&text).as_bytes())?;
        } else {
            self.out.write_all(bytes)?;
        }
        Ok(self.out.flush()?)
    }
}

fn write(stream: &mut dyn Write, text: &str, coloured: bool) -> Result<(), Failure> {
    if coloured {
        stream.write_all(text.as_bytes())?;
    } else {
        stream.write_all(anstream::adapter::strip_str(text).to_string().as_bytes())?;
    }
    Ok(stream.flush()?)
}
