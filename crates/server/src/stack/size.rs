//! Bounds a request before it is buffered.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use relais_types::{Error, Reason};
use tonic::{Status, body::Body};

use super::{Next, Request, Response, method::policy};

/// Refuses a message whose announced length is above the method's limit.
pub(super) async fn limit(request: Request, next: Next) -> Response {
    match policy(&request) {
        Some(policy) => {
            let bounded = request.map(|inner| {
                Body::new(Bounded {
                    inner,
                    prefix: Prefix::default(),
                    max: policy.max_bytes,
                })
            });
            next.run(bounded).await
        }
        None => next.run(request).await,
    }
}

/// A body that fails when its first message is too long. A client sends one message a call;
/// the decoder, which has a limit of its own, refuses further ones.
struct Bounded {
    inner: Body,
    prefix: Prefix,
    max: usize,
}

/// The first bytes of a message in the gRPC protocol: a flag and the length, big-endian.
#[derive(Default)]
struct Prefix {
    bytes: [u8; 5],
    filled: usize,
}

impl Prefix {
    /// Takes what is missing from `data`; the announced length once it is complete.
    fn feed(&mut self, data: &[u8]) -> Option<usize> {
        let room = &mut self.bytes[self.filled..];
        let taken = room.len().min(data.len());
        room[..taken].copy_from_slice(&data[..taken]);
        self.filled += taken;
        let [_, a, b, c, d] = self.bytes;
        let length = u32::from_be_bytes([a, b, c, d]);
        (self.filled == self.bytes.len()).then_some(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn is_complete(&self) -> bool {
        self.filled == self.bytes.len()
    }
}

impl HttpBody for Bounded {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.inner).poll_frame(context);
        if !self.prefix.is_complete()
            && let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
            && let Some(length) = self.prefix.feed(data)
            && length > self.max
        {
            let error = Error::new(
                Reason::PayloadTooLarge,
                format!(
                    "the request has {length} bytes and the method takes {}: split or shrink it",
                    self.max
                ),
            );
            return Poll::Ready(Some(Err(relais_proto::status::to_status(&error))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_found_however_it_is_cut() {
        let message = [&[0, 0, 1, 0, 2][..], b"body"].concat();
        for cut in 0..=message.len() {
            let mut prefix = Prefix::default();
            let first = prefix.feed(&message[..cut]);
            let found = match first {
                Some(length) => Some(length),
                None => prefix.feed(&message[cut..]),
            };
            assert_eq!(found, Some(65_538), "cut at {cut}");
        }
    }
}
