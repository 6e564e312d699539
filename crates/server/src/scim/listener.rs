//! HTTPS for directories: HTTP/1.1 and HTTP/2 on TLS 1.3, apart from the gRPC listener, so that
//! a firewall can let each in from elsewhere.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{ServiceExt as _, service_fn};

use super::{Peer, Scim};
use crate::address::Addresses;

/// Connections at a time: a directory needs few.
const CONNECTIONS: usize = 256;
/// Of them, those of one address.
const CONNECTIONS_PER_ADDRESS: usize = 64;
/// How long a connection lasts at most; longer than any request.
const LIFETIME: Duration = Duration::from_mins(5);
/// In which a client must have sent a request's headers.
const HEADERS: Duration = Duration::from_secs(10);
/// Bytes of all headers of one request.
const HEADER_BYTES: u32 = 16 * 1024;
/// Requests in progress on one connection.
const STREAMS: u32 = 16;
/// How long accepting rests when the process has run out of file descriptors.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// Bound, and ready to serve.
#[derive(Debug)]
pub(crate) struct Listener {
    /// Where it listens.
    pub(crate) socket: TcpListener,
    /// How the server shows itself; the same certificate as to devices.
    pub(crate) tls: Arc<ServerConfig>,
    /// In which a client must finish the TLS handshake.
    pub(crate) handshake_timeout: Duration,
}

impl Listener {
    /// Serves until `stop`, and until what was begun is answered or `cut`.
    pub(crate) async fn serve(self, scim: Scim, stop: CancellationToken, cut: CancellationToken) {
        let acceptor = TlsAcceptor::from(self.tls);
        let (listener, handshake_timeout) = (self.socket, self.handshake_timeout);
        let slots = Arc::new(Semaphore::new(CONNECTIONS));
        let addresses = Addresses::new(CONNECTIONS_PER_ADDRESS);
        let tasks = TaskTracker::new();
        let accepting = async {
            loop {
                let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
                    return;
                };
                match listener.accept().await {
                    Ok((stream, peer)) => {
                        let Some(visit) = addresses.enter(peer.ip()) else {
                            continue;
                        };
                        let (acceptor, scim) = (acceptor.clone(), scim.clone());
                        let (stop, cut) = (stop.clone(), cut.clone());
                        tasks.spawn(async move {
                            let _place = (slot, visit);
                            let connection =
                                connection(stream, peer, acceptor, handshake_timeout, scim, stop);
                            tokio::select! {
                                () = connection => {}
                                () = cut.cancelled() => {}
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a SCIM connection");
                        tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stop.cancelled() => {}
        }
        tasks.close();
        tasks.wait().await;
    }
}

/// One connection, until it ends or is asked to.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    handshake_timeout: Duration,
    scim: Scim,
    stop: CancellationToken,
) {
    let stream = match timeout(handshake_timeout, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return tracing::debug!(%error, "TLS handshake failed"),
        Err(_) => return tracing::debug!("TLS handshake timed out"),
    };
    let router = scim.router();
    let service = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(Peer(peer.ip()));
        router.clone().oneshot(request)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEADER_BYTES);
    let io = TokioIo::new(stream);
    let connection = builder.serve_connection(io, TowerToHyperService::new(service));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        () = async {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LIFETIME) => {}
            }
        } => {
            connection.as_mut().graceful_shutdown();
            match timeout(super::DEADLINE, connection).await {
                Ok(ended) => ended,
                Err(_) => return tracing::debug!("cut a connection that did not end when asked"),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a SCIM connection failed");
    }
}
