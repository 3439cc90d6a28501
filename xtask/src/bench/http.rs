//! The least HTTP client that can measure a server: one connection that stays open, no work of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::BenchError;

/// An open connection to the server.
#[derive(Debug)]
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    token: String,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Connection {
    pub(super) fn open(port: u16, token: &str) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::with_capacity(1 << 16, stream),
            token: token.to_owned(),
        })
    }

    /// Sends a request and reads the whole answer.
    pub(super) fn send(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Answer, BenchError> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.token,
            body.len()
        );
        let stream = self.stream.get_mut();
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let (status, length) = self.head()?;
        let body = match length {
            Length::Known(length) => self.exactly(length)?,
            Length::Chunked => self.chunks()?,
        };
        Ok(Answer { status, body })
    }

    /// As [`Connection::send`]; everything but the status 200 is an error.
    pub(super) fn expect(&mut self, method: &str, path: &str, body: &[u8]) -> Result<Vec<u8>, BenchError> {
        let answer = self.send(method, path, body)?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        let said = String::from_utf8_lossy(&answer.body)
            .chars()
            .take(300)
            .collect::<String>();
        Err(BenchError::Unexpected(format!(
            "{method} {path} was answered with {}: {said}",
            answer.status
        )))
    }

    fn line(&mut self) -> Result<String, BenchError> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(BenchError::Unexpected(
                "the server closed the connection".to_owned(),
            ));
        }
        Ok(line.trim_end().to_owned())
    }

    fn head(&mut self) -> Result<(u16, Length), BenchError> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status =
            status.ok_or_else(|| BenchError::Unexpected(format!("this is no answer of HTTP: {first}")))?;
        let mut length = Length::Known(0);
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                return Ok((status, length));
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = Length::Known(value.trim().parse().unwrap_or(0));
            } else if line.starts_with("transfer-encoding:") && line.contains("chunked") {
                length = Length::Chunked;
            }
        }
    }

    fn exactly(&mut self, length: usize) -> Result<Vec<u8>, BenchError> {
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(body)
    }

    fn chunks(&mut self) -> Result<Vec<u8>, BenchError> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let length = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)
                .map_err(|_| BenchError::Unexpected(format!("this is no chunk: {line}")))?;
            body.extend(self.exactly(length)?);
            self.line()?;
            if length == 0 {
                return Ok(body);
            }
        }
    }
}

enum Length {
    Known(usize),
    Chunked,
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn answered(raw: &'static str) -> Answer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(raw.as_bytes()).unwrap();
        });
        let answer = Connection::open(port, "t")
            .unwrap()
            .send("GET", "/", b"")
            .unwrap();
        server.join().unwrap();
        answer
    }

    #[test]
    fn bodies_of_known_length_and_in_chunks() {
        let known = answered("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc");
        assert_eq!((known.status, known.body.as_slice()), (200, b"abc".as_slice()));
        let chunked = answered(
            "HTTP/1.1 423 Locked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        );
        assert_eq!(
            (chunked.status, chunked.body.as_slice()),
            (423, b"abc".as_slice())
        );
    }
}
