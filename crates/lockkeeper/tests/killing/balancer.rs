//! The one address before several servers, and a network that breaks.

use std::io::{Read, Result, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::chance::Chance;

/// Hands each connection to the next server that takes it, as long as the test's process lives.
#[derive(Clone)]
pub struct Balancer(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    servers: Vec<SocketAddr>,
    next: AtomicUsize,
    /// How many of a thousand pieces are cut.
    cuts: u64,
    cuts_made: AtomicU64,
    chance: Mutex<Chance>,
}

/// What becomes of a piece of what goes through a connection.
enum Fate {
    Passed,
    /// So many bytes of it arrive, then both sides see the connection break.
    Cut(usize),
    /// The sender sees the connection break at once, and it arrives all the same, later.
    Late(Duration),
}

impl Balancer {
    /// Starts before the servers. Of a thousand pieces that go through it so many are cut.
    pub fn start(servers: &[SocketAddr], cuts: u64, chance: &mut Chance) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let balancer = Self(Arc::new(Shared {
            address: listener.local_addr().unwrap(),
            servers: servers.to_vec(),
            next: AtomicUsize::new(0),
            cuts,
            cuts_made: AtomicU64::new(0),
            chance: Mutex::new(chance.fork()),
        }));
        let accepting = balancer.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let carrier = accepting.clone();
                std::thread::spawn(move || carrier.carry(&client));
            }
        });
        balancer
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// How many connections were cut.
    pub fn cuts_made(&self) -> u64 {
        self.0.cuts_made.load(Ordering::Relaxed)
    }

    /// When no server takes the connection, it ends without an answer.
    fn carry(&self, client: &TcpStream) {
        let Some(server) = self.connect() else {
            client.shutdown(Shutdown::Both).ok();
            return;
        };
        std::thread::scope(|scope| {
            scope.spawn(|| self.pump(client, &server));
            self.pump(&server, client).ok();
        });
    }

    fn connect(&self) -> Option<TcpStream> {
        let servers = &self.0.servers;
        let first = self.0.next.fetch_add(1, Ordering::Relaxed);
        (0..servers.len()).find_map(|step| TcpStream::connect(servers[(first + step) % servers.len()]).ok())
    }

    fn pump(&self, mut from: &TcpStream, mut to: &TcpStream) -> Result<()> {
        to.set_nodelay(true)?;
        let mut piece = vec![0; 1 << 16];
        loop {
            let length = from.read(&mut piece).unwrap_or(0);
            if length == 0 {
                to.shutdown(Shutdown::Both).ok();
                from.shutdown(Shutdown::Both).ok();
                return Ok(());
            }
            match self.fate(length) {
                Fate::Passed => to.write_all(&piece[..length])?,
                Fate::Cut(arriving) => {
                    to.write_all(&piece[..arriving])?;
                    to.shutdown(Shutdown::Both)?;
                    from.shutdown(Shutdown::Both)?;
                }
                Fate::Late(delay) => {
                    from.shutdown(Shutdown::Both)?;
                    std::thread::sleep(delay);
                    to.write_all(&piece[..length])?;
                }
            }
        }
    }

    fn fate(&self, length: usize) -> Fate {
        let mut chance = self.0.chance.lock().unwrap_or_else(PoisonError::into_inner);
        if chance.between(0, 1000) >= self.0.cuts {
            return Fate::Passed;
        }
        self.0.cuts_made.fetch_add(1, Ordering::Relaxed);
        if chance.percent(40) {
            return Fate::Late(chance.milliseconds(20, 1_500));
        }
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        Fate::Cut(usize::try_from(chance.between(0, length)).unwrap_or(0))
    }
}
