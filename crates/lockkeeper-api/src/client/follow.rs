//! Following the log of a run.

use reqwest::{Method, Response};

use super::events::{Event, EventReader};
use super::{Client, ClientError};
use crate::types::run::LogView;

/// The log of a run as it is written. A connection that breaks is made again, and the log goes on
/// where it stopped: nothing is missing, nothing comes twice.
#[derive(Debug)]
pub struct LogFollower {
    client: Client,
    project: String,
    run: String,
    position: i64,
    connection: Option<(Response, EventReader)>,
    failures: u32,
    ended: bool,
}

impl LogFollower {
    pub(super) fn new(client: Client, project: String, run: String, after: i64) -> Self {
        Self {
            client,
            project,
            run,
            position: after,
            connection: None,
            failures: 0,
            ended: false,
        }
    }

    /// The position behind the last piece, to go on from in another process.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next piece; `None` when the run has ended and nothing more comes.
    ///
    /// # Errors
    /// [`ClientError`] when the server refuses, or stays away after a few tries.
    pub async fn next(&mut self) -> Result<Option<LogView>, ClientError> {
        loop {
            if self.ended {
                return Ok(None);
            }
            let Some((response, reader)) = &mut self.connection else {
                self.connection = Some((self.connect().await?, EventReader::default()));
                continue;
            };
            if let Some(event) = reader.next() {
                if let Some(piece) = self.take(&event)? {
                    return Ok(Some(piece));
                }
                continue;
            }
            let (broken, too_large) = match response.chunk().await {
                Ok(Some(bytes)) => (None, reader.feed(&bytes).is_err()),
                Ok(None) => (Some("the stream ended before the run".to_owned()), false),
                Err(error) => (Some(super::error::root_cause(&error)), false),
            };
            if too_large {
                return Err(self.unreadable("an event of the log is too large"));
            }
            if let Some(reason) = broken {
                self.connection = None;
                self.wait(reason).await?;
            }
        }
    }

    /// What an event of the log stands for; `None` when it brings nothing new.
    fn take(&mut self, event: &Event) -> Result<Option<LogView>, ClientError> {
        self.ended = event.name == "end";
        let piece: LogView = match serde_json::from_str(&event.data) {
            Ok(piece) => piece,
            Err(_) if self.ended => return Ok(None),
            Err(error) => return Err(self.unreadable(&error.to_string())),
        };
        self.failures = 0;
        // A server that starts again from the beginning must not print it twice.
        let new = piece.position > self.position;
        self.position = self.position.max(piece.position);
        Ok((new && !piece.text.is_empty()).then_some(piece))
    }

    async fn connect(&self) -> Result<Response, ClientError> {
        let segments = ["projects", &self.project, "runs", &self.run, "log", "events"];
        let request = self.client.request(Method::GET, &segments)?.streaming();
        let position = self.position.to_string();
        let request = request
            .header("last-event-id", &position)
            .header("cache-control", "no-store");
        self.client.send(request).await
    }

    async fn wait(&mut self, reason: String) -> Result<(), ClientError> {
        let address = self.client.address().to_string();
        let Some(pause) = self.client.settings.retry.pause(self.failures, None) else {
            return Err(ClientError::BrokenOff { address, reason });
        };
        self.failures += 1;
        tokio::time::sleep(pause).await;
        Ok(())
    }

    fn unreadable(&self, reason: &str) -> ClientError {
        ClientError::Unreadable {
            address: self.client.address().to_string(),
            reason: reason.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeServer, answer};
    use super::*;

    fn stream(events: &str) -> String {
        // No length and no chunks: the body ends when the connection does.
        format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{events}")
    }

    fn piece(text: &str, position: i64) -> String {
        format!("id: {position}\ndata: {{\"text\":\"{text}\",\"position\":{position},\"ended\":false}}\n\n")
    }

    async fn follow(server: &FakeServer) -> Result<String, ClientError> {
        let mut follower = server.client().follow_log("shop", "run-1", 0);
        let mut text = String::new();
        while let Some(piece) = follower.next().await? {
            text.push_str(&piece.text);
        }
        Ok(text)
    }

    #[tokio::test]
    async fn goes_on_after_a_broken_connection() {
        let half = piece("three", 11);
        let server = FakeServer::start(vec![
            stream(&format!(
                "{}{}{}",
                piece("one ", 4),
                piece("two ", 8),
                &half[..half.len() - 9]
            )),
            stream(&format!(
                "{}{}event: end\ndata: {{}}\n\n",
                piece("two ", 8),
                piece("three", 13)
            )),
        ])
        .await;
        assert_eq!(follow(&server).await.unwrap(), "one two three");
        let requests = server.requests();
        assert!(requests[0].contains("last-event-id: 0\r\n"), "{}", requests[0]);
        assert!(requests[1].contains("last-event-id: 8\r\n"), "{}", requests[1]);
        assert!(requests[1].starts_with("GET /api/v1/projects/shop/runs/run-1/log/events HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn the_last_event_may_bring_text() {
        let last = "event: end\nid: 4\ndata: {\"text\":\"last\",\"position\":4,\"ended\":true}\n\n";
        let server = FakeServer::start(vec![stream(last)]).await;
        assert_eq!(follow(&server).await.unwrap(), "last");
    }

    #[tokio::test]
    async fn a_stream_that_breaks_again_and_again_is_an_error() {
        let server = FakeServer::start(vec![
            stream(""),
            stream(": hello\n\n"),
            stream(""),
            stream(""),
            stream(""),
        ])
        .await;
        let error = follow(&server).await.unwrap_err();
        assert!(matches!(error, ClientError::BrokenOff { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_refusal_is_a_problem() {
        let problem = r#"{"type":"urn:lockkeeper:problem:not-found","title":"Not found","status":404,"detail":"No run."}"#;
        let server = FakeServer::start(vec![answer(404, problem)]).await;
        assert_eq!(follow(&server).await.unwrap_err().status(), Some(404));
    }
}
