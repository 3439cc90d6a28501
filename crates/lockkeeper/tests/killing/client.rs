//! The client of Terraform's `http` backend: its methods, its headers, its retries; and it writes down what
//! it does. The waits between two tries are shorter than Terraform's.

use std::io::{BufRead, BufReader, Error, ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

use crate::chance::Chance;
use crate::history::{Call, Line, Outcome, Recorder, Request, Version};

/// A server that says nothing for so long is given up.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often Terraform tries by default, the first time included (`retry_max` is 2).
const TRIES: u32 = 3;

/// An answer of HTTP.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

/// A connection that is opened when it is needed, and again after it broke.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    authorization: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    pub fn new(address: SocketAddr, user: &str, token: &str) -> Self {
        Self {
            address,
            authorization: format!("Basic {}", STANDARD.encode(format!("{user}:{token}"))),
            stream: None,
        }
    }

    /// Closes the connection; the next request opens another, perhaps to another server.
    pub fn close(&mut self) {
        self.stream = None;
    }

    /// Sends a request and reads the whole answer. After an error nobody knows whether it was done.
    pub fn send(&mut self, method: &str, path: &str, body: Option<&[u8]>) -> Result<Answer> {
        let answer = self.exchange(method, path, body);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, method: &str, path: &str, body: Option<&[u8]>) -> Result<Answer> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: Go-http-client/1.1\r\nAuthorization: {}\r\n",
            self.address, self.authorization
        );
        if let Some(body) = body {
            let md5 = STANDARD.encode(Md5::digest(body));
            head.push_str(&format!(
                "Content-Type: application/json\r\nContent-MD5: {md5}\r\nContent-Length: {}\r\n",
                body.len()
            ));
        }
        head.push_str("\r\n");
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                self.stream.insert(BufReader::with_capacity(1 << 16, stream))
            }
        };
        stream.get_mut().write_all(head.as_bytes())?;
        stream.get_mut().write_all(body.unwrap_or_default())?;
        let (answer, stays_open) = read_answer(stream)?;
        if !stays_open {
            self.stream = None;
        }
        Ok(answer)
    }
}

fn read_answer(stream: &mut impl BufRead) -> Result<(Answer, bool)> {
    let first = read_line(stream)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| broken(format!("this is no answer of HTTP: {first:?}")))?;
    // Without a length, an answer of 204 or 304 has no body.
    let (mut length, mut chunked, mut stays_open) = (0, false, true);
    loop {
        let line = read_line(stream)?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(|_| broken(line.clone()))?;
        }
        chunked |= line.starts_with("transfer-encoding:") && line.contains("chunked");
        stays_open &= line != "connection: close";
    }
    let mut body = Vec::new();
    if !chunked {
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
        return Ok((Answer { status, body }, stays_open));
    }
    loop {
        let line = read_line(stream)?;
        let length = usize::from_str_radix(&line, 16).map_err(|_| broken(line))?;
        let start = body.len();
        body.resize(start + length, 0);
        stream.read_exact(&mut body[start..])?;
        read_line(stream)?;
        if length == 0 {
            return Ok((Answer { status, body }, stays_open));
        }
    }
}

fn read_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    if !line.ends_with('\n') {
        return Err(broken("the answer ends in the middle".to_owned()));
    }
    Ok(line.trim_end().to_owned())
}

fn broken(why: String) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

/// A version of a state with its body.
#[derive(Debug, Clone)]
pub struct Body {
    pub version: Version,
    pub bytes: Vec<u8>,
}

impl Body {
    /// A state as Terraform writes it, with content that no other has.
    pub fn new(serial: i64, lineage: &str, size: usize, chance: &mut Chance) -> Self {
        let text = format!(
            r#"{{"version":4,"terraform_version":"1.11.4","serial":{serial},"lineage":"{lineage}","outputs":{{}},"resources":[{{"mode":"managed","type":"terraform_data","name":"a","provider":"provider[\"terraform.io/builtin/terraform\"]","instances":[{{"schema_version":0,"attributes":{{"id":"{}","input":{{"type":"string","value":"{}"}}}},"sensitive_attributes":[]}}]}}],"check_results":null}}"#,
            chance.uuid(),
            chance.hexadecimal(size)
        );
        let bytes = text.into_bytes();
        Self {
            version: describe(serial, lineage, &bytes),
            bytes,
        }
    }

    /// Reads the serial and the lineage of a body.
    pub fn read(bytes: Vec<u8>) -> Self {
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let serial = document["serial"].as_i64().unwrap_or(-1);
        let lineage = document["lineage"].as_str().unwrap_or_default().to_owned();
        Self {
            version: describe(serial, &lineage, &bytes),
            bytes,
        }
    }
}

fn describe(serial: i64, lineage: &str, bytes: &[u8]) -> Version {
    Version {
        serial,
        lineage: lineage.to_owned(),
        md5: hex::encode(Md5::digest(bytes)),
        digest: blake3::hash(bytes).to_hex().to_string(),
    }
}

/// One user at one laptop.
pub struct Client {
    pub user: String,
    connection: Connection,
    recorder: Arc<Recorder>,
    chance: Chance,
}

impl Client {
    pub fn new(user: &str, connection: Connection, recorder: Arc<Recorder>, chance: Chance) -> Self {
        Self {
            user: user.to_owned(),
            connection,
            recorder,
            chance,
        }
    }

    /// LOCK, tried again while its outcome is unknown.
    pub fn lock(&mut self, state: &str, id: &str) -> Outcome {
        let body = format!(
            r#"{{"ID":"{id}","Operation":"OperationTypeApply","Info":"","Who":"{}@laptop","Version":"1.11.4","Created":"2026-01-01T00:00:00.000000001Z","Path":""}}"#,
            self.user
        );
        let call = Call::Lock { id: id.to_owned() };
        self.until_known(state, "LOCK", "", call, Some(body.as_bytes()))
    }

    /// UNLOCK with the identifier, or the empty one of `force-unlock`.
    pub fn unlock(&mut self, state: &str, id: Option<&str>) -> Outcome {
        let body = id.map_or(String::new(), |id| {
            format!(
                r#"{{"ID":"{id}","Operation":"OperationTypeApply","Who":"{}@laptop"}}"#,
                self.user
            )
        });
        let call = Call::Unlock {
            id: id.map(str::to_owned),
        };
        self.until_known(state, "UNLOCK", "", call, Some(body.as_bytes()))
    }

    /// GET of the newest version.
    pub fn read(&mut self, state: &str) -> (Outcome, Option<Body>) {
        for attempt in 1..=TRIES {
            let (outcome, body) = self.attempt(state, "GET", "", Call::Read, None);
            if !self.is_to_be_repeated(&outcome, attempt) {
                return (outcome, body);
            }
        }
        unreachable!("the last try is not repeated");
    }

    /// POST of a version.
    pub fn write(&mut self, state: &str, lock: Option<&str>, body: &Body) -> Outcome {
        let query = lock.map_or(String::new(), |lock| format!("?ID={lock}"));
        let call = Call::Write {
            lock: lock.map(str::to_owned),
            version: body.version.clone(),
        };
        self.until_known(state, "POST", &query, call, Some(&body.bytes))
    }

    fn until_known(
        &mut self,
        state: &str,
        method: &str,
        query: &str,
        call: Call,
        body: Option<&[u8]>,
    ) -> Outcome {
        for attempt in 1..=TRIES {
            let (outcome, _) = self.attempt(state, method, query, call.clone(), body);
            if !self.is_to_be_repeated(&outcome, attempt) {
                return outcome;
            }
        }
        unreachable!("the last try is not repeated");
    }

    /// Waits before the next try, if there is to be one.
    fn is_to_be_repeated(&mut self, outcome: &Outcome, attempt: u32) -> bool {
        let again = matches!(outcome, Outcome::Unknown { .. }) && attempt < TRIES;
        if again {
            let least = 50 << (2 * attempt);
            std::thread::sleep(self.chance.milliseconds(least, 2 * least));
        }
        again
    }

    fn attempt(
        &mut self,
        state: &str,
        method: &str,
        query: &str,
        call: Call,
        body: Option<&[u8]>,
    ) -> (Outcome, Option<Body>) {
        let path = format!("{}{query}", path_of(state));
        if self.chance.percent(10) {
            self.connection.close();
        }
        let began = self.recorder.now();
        let answer = self.connection.send(method, &path, body);
        let ended = self.recorder.now();
        let (outcome, found) = match answer {
            Err(error) => (
                Outcome::Unknown {
                    why: error.to_string(),
                },
                None,
            ),
            Ok(answer) => outcome(&call, answer),
        };
        self.recorder.add(Line::Request(Request {
            user: self.user.clone(),
            state: state.to_owned(),
            began,
            ended,
            call,
            outcome: outcome.clone(),
        }));
        (outcome, found)
    }
}

/// The path of a state, of which the audit log says `staging/network`.
pub fn path_of(state: &str) -> String {
    let (environment, stack) = state.split_once('/').unwrap();
    format!("/api/v1/projects/shop/environments/{environment}/stacks/{stack}/state")
}

/// What an answer means to Terraform: of a lock nothing but 200 is good.
fn outcome(call: &Call, answer: Answer) -> (Outcome, Option<Body>) {
    let said = || {
        String::from_utf8_lossy(&answer.body)
            .chars()
            .take(200)
            .collect::<String>()
    };
    match (call, answer.status) {
        (Call::Read, 204) => (Outcome::Nothing, None),
        (Call::Read, 200) => {
            let body = Body::read(answer.body);
            let digest = body.version.digest.clone();
            (Outcome::Found { digest }, Some(body))
        }
        (_, 200) => (Outcome::Accepted, None),
        (_, status @ 400..=499) => {
            let document: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let holder = document["ID"].as_str().map(str::to_owned);
            (Outcome::Refused { status, holder }, None)
        }
        (_, status) => {
            let why = format!("{status}: {}", said());
            (Outcome::Unknown { why }, None)
        }
    }
}
