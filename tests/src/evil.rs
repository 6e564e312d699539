//! An evil server: between a client and a real server, with the server's own authority.
//!
//! Whoever holds a server's data directory holds its TLS authority, its log's key and the
//! organisations' authorities. So this one terminates TLS under the same authority, forwards
//! every call, and changes the answers as it is told. For attacks that need other data, such as
//! a restored backup, calls are sent to another server: [`Evil::point_to`], [`Evil::divert`].

use std::{
    convert::Infallible,
    fmt,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use bytes::{Buf as _, Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair};
use rustls_pki_types::PrivateKeyDer;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Status,
    body::Body,
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};
use tower::{Service as _, ServiceExt as _};

use crate::Node;

/// What becomes of one message of an answer: any number of messages, even without end.
type Rewrite = Arc<dyn Fn(Bytes) -> Box<dyn Iterator<Item = Bytes> + Send> + Send + Sync>;
/// Frames that wait to be sent.
const QUEUE: usize = 4;

/// A running evil server; it ends, with all its connections, when it is dropped.
pub struct Evil {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    accepting: JoinHandle<()>,
}

struct Plan {
    /// Where calls go.
    upstream: Channel,
    /// Where calls of some services go instead, by the beginning of their path.
    diverted: Vec<(String, Channel)>,
    /// What is done to answers, by the end of the call's path.
    rewrites: Vec<(String, Rewrite)>,
    /// Raised to end the connections that stand.
    generation: tokio::sync::watch::Sender<u64>,
}

impl Evil {
    /// Stands before `node`, and forwards everything for now.
    pub async fn start(node: &Node) -> Self {
        let acceptor = acceptor(node.data_dir());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let (generation, _) = tokio::sync::watch::channel(0);
        let plan = Arc::new(Mutex::new(Plan {
            upstream: upstream(node),
            diverted: Vec::new(),
            rewrites: Vec::new(),
            generation,
        }));
        let for_accept = plan.clone();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, acceptor.clone(), for_accept.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            plan,
            accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends all calls to `node` from now on. Connections that stand are cut, so that clients
    /// come back.
    pub fn point_to(&self, node: &Node) {
        self.plan(|plan| plan.upstream = upstream(node));
        self.cut();
    }

    /// Sends the calls of the service `name`, such as `relais.transparency.v1`, to `node`.
    pub fn divert(&self, name: &str, node: &Node) {
        let channel = upstream(node);
        self.plan(|plan| plan.diverted.push((format!("/{name}"), channel)));
    }

    /// Changes the answers of the method `name`, message by message.
    pub fn rewrite<M, I>(&self, name: &str, change: impl Fn(M) -> I + Send + Sync + 'static)
    where
        M: prost::Message + Default + 'static,
        I: IntoIterator<Item = M>,
        I::IntoIter: Send + 'static,
    {
        let rewrite: Rewrite = Arc::new(move |bytes| {
            let message = M::decode(bytes).expect("the server's own answer decodes");
            let changed = change(message).into_iter();
            Box::new(changed.map(|message| Bytes::from(message.encode_to_vec())))
        });
        self.plan(|plan| plan.rewrites.push((format!("/{name}"), rewrite)));
    }

    /// Forwards everything as it is again.
    pub fn behave(&self) {
        self.plan(|plan| {
            plan.rewrites.clear();
            plan.diverted.clear();
        });
    }

    /// Cuts all connections that stand; clients come back.
    pub fn cut(&self) {
        self.plan(|plan| plan.generation.send_modify(|generation| *generation += 1));
    }

    fn plan(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan.lock().expect("not poisoned"));
    }
}

impl fmt::Debug for Evil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evil")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Drop for Evil {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A certificate for loopback under the server's own authority.
fn acceptor(data_dir: &Path) -> TlsAcceptor {
    let read = |name: &str| {
        std::fs::read_to_string(data_dir.join("tls").join(name)).expect("the development CA")
    };
    let authority = KeyPair::from_pem(&read("ca.key")).expect("its key");
    // Clients look for the issuer by its name, and check by its key.
    let mut issuer = CertificateParams::default();
    issuer.distinguished_name = DistinguishedName::new();
    issuer
        .distinguished_name
        .push(DnType::CommonName, "Relais development CA");
    let authority = Issuer::new(issuer, authority);
    let key = KeyPair::generate().expect("a key");
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let certificate = CertificateParams::new(names)
        .and_then(|params| params.signed_by(&key, &authority))
        .expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS #8");
    let chain = vec![certificate.der().clone()];
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a certificate for its key");
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

/// A connection that opens itself when it is used.
fn upstream(node: &Node) -> Channel {
    let endpoint = node.endpoint(node.address());
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(endpoint.ca_pem));
    Endpoint::from_shared(endpoint.url)
        .and_then(|endpoint| endpoint.tls_config(tls))
        .expect("a valid endpoint")
        .connect_lazy()
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, plan: Arc<Mutex<Plan>>) {
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut generation = {
        let plan = plan.lock().expect("not poisoned");
        plan.generation.subscribe()
    };
    generation.mark_unchanged();
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let plan = plan.clone();
        async move { Ok::<_, Infallible>(forward(request, &plan).await) }
    });
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // How it ends is the client's business.
        _ = connection => {}
        _ = generation.changed() => {}
    }
}

async fn forward(request: Request<Incoming>, plan: &Mutex<Plan>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let (mut upstream, rewrite) = {
        let plan = plan.lock().expect("not poisoned");
        let diverted = plan
            .diverted
            .iter()
            .find(|(name, _)| path.starts_with(name));
        let upstream = diverted.map_or(&plan.upstream, |(_, channel)| channel);
        let rewrite = plan.rewrites.iter().rev();
        let rewrite = rewrite.clone().find(|(name, _)| path.ends_with(name));
        (upstream.clone(), rewrite.map(|(_, it)| it.clone()))
    };
    let answer = async {
        let ready = upstream.ready().await?;
        ready.call(request.map(Body::new)).await
    };
    let response = match answer.await {
        Ok(response) => response,
        Err(error) => return Status::unavailable(error.to_string()).into_http(),
    };
    match rewrite {
        None => response,
        Some(rewrite) => response.map(|body| rewritten(body, rewrite)),
    }
}

/// The body with each of its messages rewritten, and its trailers as they are.
fn rewritten(mut body: Body, rewrite: Rewrite) -> Body {
    let (sender, frames) = mpsc::channel::<Result<Frame<Bytes>, Status>>(QUEUE);
    tokio::spawn(async move {
        let mut held = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let sent = match frame.map(Frame::into_data) {
                Ok(Ok(data)) => {
                    held.extend_from_slice(&data);
                    let mut sent = Ok(());
                    while let Some(message) = take_message(&mut held) {
                        for message in rewrite(message) {
                            sent = sender.send(Ok(Frame::data(framed(&message)))).await;
                            if sent.is_err() {
                                return;
                            }
                        }
                    }
                    sent
                }
                Ok(Err(trailers)) => sender.send(Ok(trailers)).await,
                Err(status) => sender.send(Err(status)).await,
            };
            if sent.is_err() {
                return;
            }
        }
    });
    Body::new(StreamBody::new(ReceiverStream::new(frames)))
}

/// Takes one whole message out of gRPC's framing.
fn take_message(held: &mut BytesMut) -> Option<Bytes> {
    let length = held.get(1..5)?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let length = usize::try_from(length).ok()?;
    if held.len() < 5 + length {
        return None;
    }
    held.advance(5);
    Some(held.split_to(length).freeze())
}

/// A message in the framing of gRPC: not compressed, its length, itself.
fn framed(message: &[u8]) -> Bytes {
    let length = u32::try_from(message.len()).expect("less than 4 GiB");
    [&[0], length.to_be_bytes().as_slice(), message]
        .concat()
        .into()
}
