//! A bucket of one's own, in a server that speaks like S3 (moto), behind a proxy that can fail.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The bucket's name.
pub const NAME: &str = "blobs";
const ANSWER_500: &[u8] =
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// What the proxy does with each new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Weather {
    /// Passes everything on.
    Fair,
    /// Answers 500.
    Failing,
    /// Cuts the connection after some bytes of the answer.
    Cutting,
}

/// A running server with one bucket.
#[derive(Debug)]
pub struct Bucket {
    child: Child,
    proxy: u16,
    weather: Arc<AtomicU8>,
    connections: Arc<AtomicUsize>,
    open: Open,
}

/// The connections that may be open still.
type Open = Arc<Mutex<Vec<TcpStream>>>;

impl Bucket {
    /// Starts a server on a free port of the loopback address, and makes the bucket.
    ///
    /// # Panics
    /// When moto is not installed, or does not start.
    pub fn start() -> Self {
        let port = free_port();
        let child = Command::new(program())
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let proxy = listener.local_addr().expect("the port").port();
        let (weather, connections) = (Arc::new(AtomicU8::new(0)), Arc::new(AtomicUsize::new(0)));
        let open = Open::default();
        let (seen, counted, kept) = (weather.clone(), connections.clone(), open.clone());
        std::thread::spawn(move || forward(&listener, port, &seen, &counted, &kept));
        let bucket = Self {
            child,
            proxy,
            weather,
            connections,
            open,
        };
        bucket.make(port);
        bucket
    }

    /// The address of the server, through the proxy.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy)
    }

    /// What happens to connections from now on. Those that are open are cut.
    pub fn set(&self, weather: Weather) {
        self.weather.store(weather as u8, Ordering::SeqCst);
        for connection in self.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// A file of credentials, as the tools of AWS write it.
    pub fn credentials(&self, folder: &Path) -> PathBuf {
        let file = folder.join("credentials");
        let text = "[default]\naws_access_key_id = AKIDTEST\naws_secret_access_key = SKTEST\n";
        std::fs::write(&file, text).expect("the file of credentials");
        file
    }

    fn make(&self, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if put_bucket(port).is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("moto did not start within 60 s");
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/moto/bin/moto_server");
    assert!(
        path.exists(),
        "moto is missing: `.ci/install packages moto` installs it"
    );
    path
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("the port").port()
}

fn put_bucket(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    let request = format!(
        "PUT /{NAME} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn forward(
    listener: &TcpListener,
    port: u16,
    weather: &AtomicU8,
    connections: &AtomicUsize,
    open: &Mutex<Vec<TcpStream>>,
) {
    for client in listener.incoming().flatten() {
        connections.fetch_add(1, Ordering::SeqCst);
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        open.extend(client.try_clone());
        drop(open);
        let weather = weather.load(Ordering::SeqCst);
        std::thread::spawn(move || serve(client, port, weather));
    }
}

fn serve(mut client: TcpStream, port: u16, weather: u8) {
    if weather == Weather::Failing as u8 {
        let mut request = [0; 65536];
        let _ = client.read(&mut request);
        let _ = client.write_all(ANSWER_500);
        let _ = client.shutdown(Shutdown::Write);
        while client.read(&mut request).is_ok_and(|read| read > 0) {}
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let (Ok(mut from_client), Ok(mut to_server)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    if weather == Weather::Cutting as u8 {
        let _ = std::io::copy(&mut server.take(50_000), &mut client);
    } else {
        let _ = std::io::copy(&mut { server }, &mut client);
    }
    let _ = client.shutdown(Shutdown::Both);
}
