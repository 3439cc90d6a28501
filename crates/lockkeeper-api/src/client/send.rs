//! Making requests, sending them, and trying again.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue, IF_MATCH};
use reqwest::{Method, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, ClientError, IdempotencyKey, retry};

/// How long a whole request may take, its answer included, when it is no stream.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// One request, ready to be sent any number of times.
pub(super) struct Request {
    method: Method,
    url: Url,
    headers: Vec<(&'static str, HeaderValue)>,
    body: Option<Vec<u8>>,
    timeout: Option<Duration>,
    repeatable: bool,
}

impl Request {
    /// Names the caller's version of what is altered.
    pub(super) fn if_match(mut self, etag: Option<&str>) -> Self {
        if let Some(value) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            self.headers.push((IF_MATCH.as_str(), value));
        }
        self
    }

    /// Adds a header whose value is known to be valid.
    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Adds query parameters; absent ones are left out.
    pub(super) fn query(mut self, parameters: &[(&str, Option<&str>)]) -> Self {
        for (name, value) in parameters {
            if let Some(value) = value {
                self.url.query_pairs_mut().append_pair(name, value);
            }
        }
        self
    }

    /// The answer is a stream: it may take as long as it likes, so long as it is not silent.
    pub(super) fn streaming(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Where it goes.
    pub(super) fn address(&self) -> String {
        self.url.to_string()
    }

    /// Adds a body that is JSON already.
    pub(super) fn bytes(mut self, bytes: Vec<u8>) -> Self {
        self.headers
            .push(("content-type", HeaderValue::from_static("application/json")));
        self.body = Some(bytes);
        self
    }

    /// Adds a body.
    pub(super) fn body(self, value: &impl Serialize) -> Result<Self, ClientError> {
        let bytes = serde_json::to_vec(value).map_err(|error| ClientError::Unreadable {
            address: "the request".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(self.bytes(bytes))
    }
}

impl Client {
    /// A request without a body. Reads are safe to repeat, and so is `DELETE`.
    pub(super) fn request(&self, method: Method, segments: &[&str]) -> Result<Request, ClientError> {
        let url = self.settings.address.operation(segments).ok_or_else(|| {
            let bad = segments
                .iter()
                .find(|segment| matches!(**segment, "" | "." | ".."));
            ClientError::NotASegment {
                segment: bad.map_or_else(String::new, |text| (*text).to_owned()),
            }
        })?;
        let repeatable = matches!(method, Method::GET | Method::DELETE);
        Ok(Request {
            method,
            url,
            headers: Vec::new(),
            body: None,
            timeout: Some(REQUEST_TIMEOUT),
            repeatable,
        })
    }

    /// Reads something.
    pub(super) async fn get<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, ClientError> {
        let response = self.send(self.request(Method::GET, segments)?).await?;
        self.read(response).await
    }

    /// Posts a body under a key, and reads the answer.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &impl Serialize,
        key: &IdempotencyKey,
    ) -> Result<T, ClientError> {
        let response = self.post_unread(segments, body, key).await?;
        self.read(response).await
    }

    /// Posts a body under a key; the answer has no body, or nobody wants it.
    pub(super) async fn post_unread(
        &self,
        segments: &[&str],
        body: &impl Serialize,
        key: &IdempotencyKey,
    ) -> Result<Response, ClientError> {
        let mut request = self
            .request(Method::POST, segments)?
            .header("idempotency-key", key.as_str());
        request.repeatable = true;
        self.send(request.body(body)?).await
    }

    /// Sends a request until it succeeds or trying again is pointless.
    pub(super) async fn send(&self, request: Request) -> Result<Response, ClientError> {
        let mut tried = 0;
        loop {
            let (error, asked_pause) = match self.prepare(&request).send().await {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let passing = retry::is_passing(response.status(), request.repeatable);
                    let pause = retry::retry_after(&response);
                    let error = self.refusal(response).await;
                    if !passing {
                        return Err(error);
                    }
                    (error, pause)
                }
                Err(cause) => {
                    let error = ClientError::unreachable(self.address(), &cause);
                    // Waiting another minute for an answer that takes too long helps nobody.
                    let silent = cause.is_timeout() && !cause.is_connect();
                    if silent || !(cause.is_connect() || request.repeatable) {
                        return Err(error);
                    }
                    (error, None)
                }
            };
            let Some(pause) = self.settings.retry.pause(tried, asked_pause) else {
                return Err(error);
            };
            tokio::time::sleep(pause).await;
            tried += 1;
        }
    }

    fn prepare(&self, request: &Request) -> reqwest::RequestBuilder {
        let mut builder = self.http.request(request.method.clone(), request.url.clone());
        builder = builder.header(
            ACCEPT,
            HeaderValue::from_static("application/json, application/problem+json, */*"),
        );
        for (name, value) in &request.headers {
            builder = builder.header(*name, value.clone());
        }
        if let Some(token) = &self.settings.token
            && let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
        {
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        if let Some(timeout) = request.timeout {
            builder = builder.timeout(timeout);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        builder
    }

    async fn refusal(&self, response: Response) -> ClientError {
        let status = response.status();
        match response.bytes().await {
            Ok(body) => ClientError::refusal(self.address(), status, &body),
            Err(_) => ClientError::NotLockkeeper {
                address: self.address().to_string(),
                status: status.as_u16(),
            },
        }
    }

    /// Reads the body of an answer.
    pub(super) async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, ClientError> {
        let address = self.address();
        let status = response.status().as_u16();
        let body = response
            .bytes()
            .await
            .map_err(|error| ClientError::broken_off(address, &error))?;
        serde_json::from_slice(&body).map_err(|error| {
            // A login page of a proxy is not JSON at all; another version's answer is.
            if serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_err() {
                return ClientError::NotLockkeeper {
                    address: address.to_string(),
                    status,
                };
            }
            ClientError::Unreadable {
                address: address.to_string(),
                reason: error.to_string(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{FakeServer, answer, client};
    use super::*;

    const PROBLEM: &str = r#"{"type":"urn:lockkeeper:problem:gates-shut","title":"Gates are shut","status":409,
        "detail":"Two gates are shut.","hint":"approve it","gates":[{"gate":"approvals","open":false,"reason":"none"}]}"#;

    fn key() -> IdempotencyKey {
        IdempotencyKey::from_random([7; 16])
    }

    async fn post(server: &FakeServer) -> Result<Value, ClientError> {
        server
            .client()
            .post(&["things"], &json!({"name": "x"}), &key())
            .await
    }

    #[tokio::test]
    async fn a_post_carries_token_key_and_body() {
        let server = FakeServer::start(vec![answer(201, "{}")]).await;
        post(&server).await.unwrap();
        let request = &server.requests()[0];
        assert!(
            request.starts_with("POST /api/v1/things HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains("authorization: Bearer lk_secret\r\n"),
            "{request}"
        );
        assert!(
            request.contains(&format!("idempotency-key: {}\r\n", "07".repeat(16))),
            "{request}"
        );
        assert!(request.ends_with("\r\n\r\n{\"name\":\"x\"}"), "{request}");
    }

    #[tokio::test]
    async fn what_passes_is_tried_again_under_the_same_key() {
        let broken = "HTTP/1.1 200 OK\r\n".to_owned();
        let answers = vec![
            answer(503, "{}"),
            broken,
            answer(429, ""),
            answer(200, r#"{"fine":true}"#),
        ];
        let server = FakeServer::start(answers).await;
        assert_eq!(post(&server).await.unwrap(), json!({"fine": true}));
        let requests = server.requests();
        assert_eq!(requests.len(), 4);
        assert!(requests.iter().all(|request| request == &requests[0]));
    }

    #[tokio::test]
    async fn trying_again_ends() {
        let server = FakeServer::start(vec![answer(503, PROBLEM); 5]).await;
        assert_eq!(post(&server).await.unwrap_err().status(), Some(503));
        assert_eq!(server.requests().len(), 4);
    }

    #[tokio::test]
    async fn what_may_have_happened_is_not_repeated_without_a_key() {
        let server = FakeServer::start(vec![answer(503, "{}"), answer(200, "{}")]).await;
        let request = server.client().request(Method::PATCH, &["things"]).unwrap();
        assert_eq!(
            server.client().send(request).await.unwrap_err().status(),
            Some(503)
        );
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_problem_keeps_its_gates_and_hint() {
        let server = FakeServer::start(vec![answer(409, PROBLEM)]).await;
        let error = post(&server).await.unwrap_err();
        assert_eq!(error.to_string(), "Two gates are shut.");
        assert_eq!(error.hint().as_deref(), Some("approve it"));
        let ClientError::Problem(problem) = error else {
            panic!("{error}")
        };
        assert_eq!(problem.gates[0].gate, "approvals");
    }

    #[tokio::test]
    async fn somebody_else_answers() {
        let page = "<html>Sign in</html>";
        let server = FakeServer::start(vec![answer(404, page), answer(200, page), answer(302, "")]).await;
        for status in [404, 200, 302] {
            let error = post(&server).await.unwrap_err();
            assert!(
                matches!(error, ClientError::NotLockkeeper { status: found, .. } if found == status),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn nobody_is_there() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = client(&address).caller().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot reach {address}: connection refused")
        );
        assert!(error.hint().unwrap().contains("lockkeeper serve"));
    }
}
