//! From a TCP socket to a connection that speaks TLS, without letting a slow client hold up
//! the others.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::{Instant, Sleep, sleep_until, timeout_at},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::transport::server::{Connected, TcpConnectInfo, TlsConnectInfo};

use crate::address::{Addresses, Visit};

/// What a client sends before its first request: the HTTP/2 preface and the header of an
/// empty SETTINGS frame (RFC 9113 §3.4).
const PREFACE_BYTES: usize = 24 + 9;
/// How long accepting rests when the process has run out of file descriptors.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// How connections are taken in.
#[derive(Debug)]
pub(crate) struct Intake {
    /// How the server shows itself.
    pub(crate) tls: Arc<ServerConfig>,
    /// In which a client must finish the handshake and open HTTP/2.
    pub(crate) handshake_timeout: Duration,
    /// Connections at a time.
    pub(crate) connections: usize,
    /// Of them, those of one address.
    pub(crate) connections_per_address: usize,
    /// Ends the accepting.
    pub(crate) stop: CancellationToken,
    /// Ends the connections themselves.
    pub(crate) cut: CancellationToken,
}

impl Intake {
    /// Accepts on `listener` until told to stop.
    pub(crate) fn listen(
        self,
        listener: TcpListener,
    ) -> ReceiverStream<Result<Connection, io::Error>> {
        let (ready, connections) = mpsc::channel(16);
        tokio::spawn(self.accept_all(listener, ready));
        ReceiverStream::new(connections)
    }

    async fn accept_all(
        self,
        listener: TcpListener,
        ready: mpsc::Sender<Result<Connection, io::Error>>,
    ) {
        let slots = Arc::new(Semaphore::new(self.connections));
        let addresses = Addresses::new(self.connections_per_address);
        let this = Arc::new(self);
        let accepting = async {
            loop {
                // Nobody is accepted who could not be served: they wait in the kernel's queue.
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                    return;
                };
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        // One address must not hold what others could use.
                        let Some(address) = addresses.enter(peer.ip()) else {
                            tracing::debug!("too many connections of one address");
                            continue;
                        };
                        let place = Place {
                            _slot: slot,
                            _address: address,
                        };
                        // Handshakes run beside each other: one that stalls delays nobody.
                        tokio::spawn(Arc::clone(&this).shake_hands(stream, place, ready.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection");
                        tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = this.stop.cancelled() => {}
        }
    }

    async fn shake_hands(
        self: Arc<Self>,
        stream: TcpStream,
        place: Place,
        ready: mpsc::Sender<Result<Connection, io::Error>>,
    ) {
        let deadline = Instant::now() + self.handshake_timeout;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "connection lost before its handshake");
            return;
        }
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let handshake = tokio::select! {
            handshake = timeout_at(deadline, acceptor.accept(stream)) => handshake,
            () = self.stop.cancelled() => return,
        };
        match handshake {
            Ok(Ok(tls)) => {
                let connection = Connection {
                    tls,
                    preface: Some(Preface {
                        missing: PREFACE_BYTES,
                        deadline: Box::pin(sleep_until(deadline)),
                    }),
                    cut: Box::pin(self.cut.clone().cancelled_owned()),
                    _place: place,
                };
                // The receiver is gone when the server is stopping; so is the client then.
                drop(ready.send(Ok(connection)).await);
            }
            Ok(Err(error)) => tracing::debug!(%error, "TLS handshake failed"),
            Err(_) => tracing::debug!("TLS handshake timed out"),
        }
    }
}

/// A client's connection after its TLS handshake.
pub(crate) struct Connection {
    tls: TlsStream<TcpStream>,
    /// Until the client has opened HTTP/2.
    preface: Option<Preface>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _place: Place,
}

/// What a connection takes from others while it lasts.
struct Place {
    _slot: OwnedSemaphorePermit,
    _address: Visit,
}

struct Preface {
    missing: usize,
    deadline: Pin<Box<Sleep>>,
}

impl Connection {
    /// An error once the server no longer waits for its connections.
    fn alive(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = TlsConnectInfo<TcpConnectInfo>;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.tls.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.alive(context)?;
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.tls).poll_read(context, buffer);
        if let Some(preface) = &mut this.preface {
            if read.is_ready() {
                let got = buffer.filled().len() - before;
                preface.missing = preface.missing.saturating_sub(got);
            } else if preface.deadline.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            if preface.missing == 0 {
                this.preface = None;
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.alive(context)?;
        Pin::new(&mut self.tls).poll_write(context, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(context)?;
        Pin::new(&mut self.tls).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive(context)?;
        Pin::new(&mut self.tls).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.alive(context)?;
        Pin::new(&mut self.tls).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_write_vectored()
    }
}
