//! Server-sent events, read from bytes as they arrive (WHATWG HTML, section 9.2).

use std::collections::VecDeque;

/// The longest line and the longest event. A piece of a log is far smaller; a server that sends no end
/// of a line must not fill the memory.
const LONGEST: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    /// Its name; `message` when the server gave none.
    pub(super) name: String,
    /// Its data, lines joined.
    pub(super) data: String,
    /// The last identifier that the stream gave, with this event or before it.
    pub(super) id: Option<String>,
}

/// The stream sends a line or an event without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event is larger than {LONGEST} bytes")]
pub(super) struct EventTooLarge;

/// Takes bytes, and gives events.
#[derive(Debug, Default)]
pub(super) struct EventReader {
    line: Vec<u8>,
    after_carriage_return: bool,
    event: Event,
    has_data: bool,
    ready: VecDeque<Event>,
}

impl EventReader {
    /// Takes the next bytes of the stream, cut anywhere.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<(), EventTooLarge> {
        for &byte in bytes {
            let second_of_pair = byte == b'\n' && self.after_carriage_return;
            self.after_carriage_return = byte == b'\r';
            match byte {
                _ if second_of_pair => {}
                b'\n' | b'\r' => {
                    let line = std::mem::take(&mut self.line);
                    self.end_line(&String::from_utf8_lossy(&line));
                }
                byte => self.line.push(byte),
            }
            if self.line.len() + self.event.data.len() > LONGEST {
                return Err(EventTooLarge);
            }
        }
        Ok(())
    }

    /// The next complete event.
    pub(super) fn next(&mut self) -> Option<Event> {
        self.ready.pop_front()
    }

    fn end_line(&mut self, line: &str) {
        let line = line.trim_start_matches('\u{feff}');
        if line.is_empty() {
            return self.dispatch();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if self.has_data {
                    self.event.data.push('\n');
                }
                self.has_data = true;
                self.event.data.push_str(value);
            }
            "id" if !value.contains('\0') => self.event.id = Some(value.to_owned()),
            // An empty field is a comment, which keeps the connection alive; others are for later.
            _ => {}
        }
    }

    fn dispatch(&mut self) {
        let id = self.event.id.clone();
        let mut event = std::mem::replace(
            &mut self.event,
            Event {
                id,
                ..Event::default()
            },
        );
        if std::mem::take(&mut self.has_data) {
            if event.name.is_empty() {
                event.name = "message".to_owned();
            }
            self.ready.push_back(event);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<Event> {
        let mut reader = EventReader::default();
        for piece in pieces {
            reader.feed(piece).unwrap();
        }
        std::iter::from_fn(|| reader.next()).collect()
    }

    fn event(name: &str, data: &str, id: Option<&str>) -> Event {
        Event {
            name: name.to_owned(),
            data: data.to_owned(),
            id: id.map(str::to_owned),
        }
    }

    #[test]
    fn names_data_and_identifiers() {
        let text = b"\xef\xbb\xbf: hello\n\ndata: one\ndata: two\nid: 5\n\nevent: end\r\ndata:three\r\n\r\ndata\rretry: 3\r\r";
        assert_eq!(
            read(&[text]),
            [
                event("message", "one\ntwo", Some("5")),
                event("end", "three", Some("5")),
                event("message", "", Some("5"))
            ]
        );
    }

    #[test]
    fn an_event_without_its_empty_line_does_not_count() {
        assert_eq!(read(&[b"data: one\n"]), []);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let mut reader = EventReader::default();
        let piece = vec![b'x'; LONGEST];
        assert_eq!(reader.feed(&piece), Ok(()));
        assert_eq!(reader.feed(b"y"), Err(EventTooLarge));
    }

    proptest! {
        #[test]
        fn cuts_do_not_matter(data in "[a-zé✓]{0,40}", cut in 0_usize..120) {
            let text = format!("id: 7\r\ndata: {data}\r\n\r\nevent: end\ndata: {{}}\n\n").into_bytes();
            let cut = cut.min(text.len());
            let expected = [event("message", &data, Some("7")), event("end", "{}", Some("7"))];
            prop_assert_eq!(read(&[&text[..cut], &text[cut..]]), expected);
        }
    }
}
