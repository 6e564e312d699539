//! A layer as an async function: `async fn layer(request, next) -> Response`.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use futures_util::future::BoxFuture;
use relais_types::Error;
use tonic::body::Body;
use tower::{Service, layer::layer_fn, util::BoxCloneSyncService};

/// A call on its way in.
pub(crate) type Request = http::Request<Body>;
/// An answer on its way out; a failed call is a response, too.
pub(crate) type Response = http::Response<Body>;
/// A stack of layers, or the rest of one.
pub(crate) type BoxService = BoxCloneSyncService<Request, Response, Infallible>;

/// The rest of the stack, ready for one request.
pub(crate) struct Next(BoxService);

impl Next {
    /// Runs the rest of the stack.
    pub(crate) async fn run(mut self, request: Request) -> Response {
        match self.0.call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// Erases the type of the innermost service, and of each layer around it.
pub(crate) fn boxed<S>(service: S) -> BoxService
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    BoxCloneSyncService::new(service)
}

/// The layer that runs `function` around the rest of the stack.
pub(crate) fn around<F, Fut>(function: F) -> impl tower::Layer<BoxService, Service = BoxService>
where
    F: Fn(Request, Next) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    layer_fn(move |next| {
        boxed(Around {
            function: function.clone(),
            next,
        })
    })
}

/// The response that refuses a call with `error`.
pub(crate) fn refuse(error: &Error) -> Response {
    relais_proto::status::to_status(error).into_http()
}

#[derive(Clone)]
struct Around<F> {
    function: F,
    next: BoxService,
}

impl<F, Fut> Service<Request> for Around<F>
where
    F: Fn(Request, Next) -> Fut,
    Fut: Future<Output = Response> + Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.next.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // The clone stays for later calls; the one that was polled ready serves this one.
        let spare = self.next.clone();
        let ready = std::mem::replace(&mut self.next, spare);
        let response = (self.function)(request, Next(ready));
        Box::pin(async move { Ok(response.await) })
    }
}
