//! A server that answers what it was told to, for tests of the real binary.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

/// Answers requests on a port of this machine; the last answer to a request is repeated.
#[derive(Clone)]
pub(crate) struct FakeServer {
    pub(crate) address: String,
    routes: Arc<Mutex<HashMap<String, Vec<Vec<u8>>>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Self {
            address,
            routes: Arc::default(),
            seen: Arc::default(),
        };
        let shared = server.clone();
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || shared.serve(connection));
            }
        });
        server
    }

    /// Answers `METHOD /path?query` (below `/api/v1`) with the status and JSON.
    pub(crate) fn answer(&self, request: &str, status: u16, body: &Value) -> &Self {
        self.answer_text(request, status, &body.to_string())
    }

    /// Answers with the status and a text.
    pub(crate) fn answer_text(&self, request: &str, status: u16, body: &str) -> &Self {
        let length = body.len();
        self.raw(
            request,
            &format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\netag: \"7\"\r\nconnection: close\r\n\r\n{body}"),
        )
    }

    /// Answers with a stream of events that ends with the connection.
    pub(crate) fn stream(&self, request: &str, events: &str) -> &Self {
        self.raw(
            request,
            &format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{events}"
            ),
        )
    }

    fn raw(&self, request: &str, answer: &str) -> &Self {
        let mut routes = self.routes.lock().unwrap();
        routes
            .entry(request.to_owned())
            .or_default()
            .push(answer.as_bytes().to_owned());
        self
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request of that line.
    pub(crate) fn seen_once(&self, line: &str) -> Seen {
        let found: Vec<Seen> = self.seen().into_iter().filter(|seen| seen.line == line).collect();
        assert_eq!(found.len(), 1, "{line} among {:?}", self.seen());
        found.into_iter().next().unwrap()
    }

    fn serve(&self, mut connection: TcpStream) {
        let Some(seen) = read(&connection) else { return };
        let answer = {
            let mut routes = self.routes.lock().unwrap();
            match routes.get_mut(&seen.line) {
                Some(answers) if answers.len() > 1 => answers.remove(0),
                Some(answers) => answers[0].clone(),
                None => b"HTTP/1.1 404 X\r\ncontent-length: 9\r\nconnection: close\r\n\r\nno route!".to_vec(),
            }
        };
        self.seen.lock().unwrap().push(seen);
        connection.write_all(&answer).ok();
        if answer.ends_with(b"hang\n\n") {
            std::thread::sleep(std::time::Duration::from_secs(20));
        }
    }
}

fn read(connection: &TcpStream) -> Option<Seen> {
    let mut reader = BufReader::new(connection);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let line = first.replace("/api/v1", "").replace(" HTTP/1.1\r\n", "");
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
