//! The web server of the example: it serves what the stacks publish, so that a verification has
//! something real to look at.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Serves the folder on a free port of the loopback address until the process ends; answers the port.
///
/// # Errors
/// When no port is free.
pub(super) fn serve(folder: PathBuf) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A visitor who goes away in the middle is no concern of the demonstration's.
            answer(&folder, stream).ok();
        }
    });
    Ok(port)
}

fn answer(folder: &Path, mut stream: TcpStream) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or("/").trim_start_matches('/');
    let stays_inside = !path.split('/').any(|part| part == "..");
    let content = if stays_inside {
        std::fs::read(folder.join(path)).ok()
    } else {
        None
    };
    let (status, body) = match content {
        Some(content) => ("200 OK", content),
        None => ("404 Not Found", b"not found\n".to_vec()),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(&body)
}
