//! What every call passes through before its adapter, outermost layer first.
//!
//! Each layer is one async function around the rest of the stack and answers refusals
//! itself, as a finished gRPC response, so that the layers outside see them like any other.

use std::{sync::Arc, time::Duration};

use relais_service::Service;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::ServiceBuilder;

mod admission;
mod around;
mod authenticate;
mod deadline;
mod drain;
mod method;
mod reason;
mod size;
mod summary;

pub(crate) use admission::Room;
use around::around;
pub(crate) use around::{BoxService, Next, Request, Response, refuse};
pub(crate) use method::{Access, Class, Methods, policy};

use crate::rate::{self, Rates};

/// What the layers need.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    /// Knows the callers.
    pub(crate) service: Service,
    /// Every method and what it allows.
    pub(crate) methods: Arc<Methods>,
    /// The room for calls in progress.
    pub(crate) room: Room,
    /// How often who may call.
    pub(crate) rates: Rates,
    /// Ends the streams when the server stops.
    pub(crate) drain: CancellationToken,
    /// When clients of ended streams should come back.
    pub(crate) retry_after: Duration,
}

/// The stack around `routes`.
pub(crate) fn stack(parts: &Parts, routes: Routes) -> BoxService {
    let Parts {
        service,
        methods,
        room,
        rates,
        drain,
        retry_after,
    } = parts.clone();
    ServiceBuilder::new()
        // Outermost, so that its one line tells about every call, refused ones too. Names
        // the call with a request id before anything else can fail.
        .layer(around({
            let drain = drain.clone();
            move |request, next| summary::summarise(drain.clone(), request, next)
        }))
        // Gives every failure one of the published reasons, also those that tonic makes
        // (malformed protobuf), and turns a panic into INTERNAL instead of a lost stream.
        .layer(around(reason::explain))
        // Finds the method's limits. An unknown method ends here, before it costs anything.
        .layer(around(move |request, next| {
            method::recognise(Arc::clone(&methods), request, next)
        }))
        // Looks at the length that the message announces, before any of it is buffered.
        .layer(around(size::limit))
        // Sheds load before the work begins: a refusal that arrives early can be retried.
        .layer(around(move |request, next| {
            admission::admit(room.clone(), request, next)
        }))
        // The method's deadline, or the client's if that is sooner. Outside authentication,
        // which reads the database too.
        .layer(around(deadline::limit))
        // Ends streams with SHUTTING_DOWN when the server stops; calls finish on their own.
        .layer(around(move |request, next| {
            drain::streams(drain.clone(), retry_after, request, next)
        }))
        // The layers and adapters below find out who calls from what it leaves in the
        // extensions.
        .layer(around(move |request, next| {
            authenticate::authenticate(service.clone(), request, next)
        }))
        // Innermost, because it must know who calls: token buckets by address, device and
        // organisation. Those by group and by practitioner are drawn from in the adapters,
        // which know what the message names.
        .layer(around(move |request, next| {
            rate::limit(rates.clone(), request, next)
        }))
        .layer_fn(around::boxed)
        .service(routes)
}
