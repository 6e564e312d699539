//! Calls that a well-behaved client would not make.

use std::str::FromStr as _;

use futures_util::{StreamExt as _, future::ready, stream};
use http::uri::PathAndQuery;
use prost::Message;
use tokio::sync::oneshot;
use tonic::{Request, Response, Status, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;

/// Calls `path` with whatever message.
pub(crate) async fn call<Q, R>(
    channel: Channel,
    path: &str,
    request: Request<Q>,
) -> Result<Response<R>, Status>
where
    Q: Message + Send + Sync + 'static,
    R: Message + Default + Send + Sync + 'static,
{
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_str(path).unwrap();
    grpc.unary(request, path, ProstCodec::<Q, R>::default())
        .await
}

/// Calls `path`, unary or streaming, and waits for the first message of the answer.
pub(crate) async fn first<Q>(
    channel: Channel,
    path: &str,
    request: Request<Q>,
) -> Result<(), Status>
where
    Q: Message + Send + Sync + 'static,
{
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_str(path).unwrap();
    // Whatever the answer is, its fields are unknown to `()` and skipped.
    let codec = ProstCodec::<Q, ()>::default();
    let mut answer = grpc.server_streaming(request, path, codec).await?;
    answer.get_mut().message().await.map(|_| ())
}

/// Begins a unary call with `headers`, whose message is sent when the sender gives it.
pub(crate) fn held<Q, R>(
    channel: Channel,
    path: &'static str,
    headers: &[(&'static str, &str)],
) -> (
    oneshot::Sender<Q>,
    impl Future<Output = Result<Response<R>, Status>> + use<Q, R>,
)
where
    Q: Message + Send + Sync + 'static,
    R: Message + Default + Send + Sync + 'static,
{
    let (sender, message) = oneshot::channel();
    let body = stream::once(message).filter_map(|message| ready(message.ok()));
    let mut request = Request::new(body);
    for (name, value) in headers {
        let value = value.parse().unwrap();
        request.metadata_mut().insert(*name, value);
    }
    let response = async move {
        let mut grpc = Grpc::new(channel);
        grpc.ready().await.unwrap();
        let path = PathAndQuery::from_static(path);
        grpc.client_streaming(request, path, ProstCodec::<Q, R>::default())
            .await
    };
    (sender, response)
}
