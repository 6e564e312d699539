//! A proxy between client and server that loses connections and keeps what it saw.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What the proxy does to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Forwards everything.
    None,
    /// Cuts the connection each time this many bytes came back from the server in all: the
    /// request has been carried out, the reply is lost.
    CutReplies {
        /// Bytes between two cuts.
        every: u64,
    },
}

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    fault: Fault,
    until_cut: AtomicU64,
    cuts: AtomicUsize,
    seen: Mutex<Vec<u8>>,
}

impl Proxy {
    /// Forwards a free loopback port to `target`.
    pub async fn start(target: SocketAddr, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let every = match fault {
            Fault::None => u64::MAX,
            Fault::CutReplies { every } => every,
        };
        let shared = Arc::new(Shared {
            fault,
            until_cut: AtomicU64::new(every),
            cuts: AtomicUsize::new(0),
            seen: Mutex::default(),
        });
        let for_accept = shared.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let shared = for_accept.clone();
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(target).await {
                        shared.forward(client, server).await;
                    }
                });
            }
        });
        Self {
            address,
            shared,
            accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has cut.
    pub fn cuts(&self) -> usize {
        self.shared.cuts.load(Ordering::SeqCst)
    }

    /// Every byte that went through, in both directions.
    pub fn seen(&self) -> Vec<u8> {
        self.shared.seen.lock().expect("not poisoned").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    /// Forwards until one side ends or the fault strikes; then both sides are closed.
    async fn forward(&self, mut client: TcpStream, mut server: TcpStream) {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let (mut up, mut down) = (vec![0; 16 * 1024], vec![0; 16 * 1024]);
        loop {
            tokio::select! {
                read = from_client.read(&mut up) => match read {
                    Ok(n) if n > 0 => {
                        self.keep(&up[..n]);
                        if to_server.write_all(&up[..n]).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
                read = from_server.read(&mut down) => match read {
                    Ok(n) if n > 0 => {
                        self.keep(&down[..n]);
                        if self.strikes(n as u64) || to_client.write_all(&down[..n]).await.is_err() {
                            return;
                        }
                    }
                    _ => return,
                },
            }
        }
    }

    fn keep(&self, bytes: &[u8]) {
        self.seen
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
    }

    fn strikes(&self, bytes: u64) -> bool {
        let Fault::CutReplies { every } = self.fault else {
            return false;
        };
        let left = self.until_cut.load(Ordering::SeqCst);
        if bytes < left {
            self.until_cut.store(left - bytes, Ordering::SeqCst);
            return false;
        }
        self.until_cut.store(every, Ordering::SeqCst);
        self.cuts.fetch_add(1, Ordering::SeqCst);
        true
    }
}
