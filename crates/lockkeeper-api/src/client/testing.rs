//! A server that says what it was told to say, for the tests of the client.

use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Client, ClientSettings, RetryPolicy};

/// Takes one connection for each answer, in order, and closes it after the answer.
pub(super) struct FakeServer {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// A whole answer with a JSON body.
pub(super) fn answer(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

impl FakeServer {
    pub(super) async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for answer in answers {
                let (mut connection, _) = listener.accept().await.unwrap();
                let request = read_request(&mut connection).await;
                seen.lock().unwrap().push(request);
                connection.write_all(answer.as_bytes()).await.unwrap();
                connection.shutdown().await.ok();
            }
        });
        Self { address, requests }
    }

    /// A client of this server with a token, which tries three times more without pausing.
    pub(super) fn client(&self) -> Client {
        client(&self.address)
    }

    /// The requests so far: head in lower-case header names as sent, and body.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A client of the address with a token, which tries three times more without pausing.
pub(super) fn client(address: &str) -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        rustls::crypto::ring::default_provider().install_default().ok();
    });
    let mut settings = ClientSettings::new(address.parse().unwrap());
    settings.token = Some(super::Token::new("lk_secret"));
    settings.retry = RetryPolicy {
        retries: 3,
        first_pause: Duration::from_millis(1),
    };
    Client::new(settings).unwrap()
}

async fn read_request(connection: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let read = connection.read(&mut buffer).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}
