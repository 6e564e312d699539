//! Recording how far a device has come.

use relais_types::{Cursor, Error, Result};

use super::Reached;
use crate::{Caller, Service};

/// The last processed item of each group and of the inbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AckParams {
    /// At most 1,000 cursors.
    pub cursors: Vec<Cursor>,
}

/// Records how far the calling device has durably processed; processed inbox items are
/// deleted. It never goes backwards, so it may be repeated.
///
/// # Errors
/// `CURSOR_INVALID` for a cursor that the device was never given, `MALFORMED_FIELD` for
/// too many. Then nothing is recorded.
pub async fn ack(service: &Service, caller: &Caller, params: AckParams) -> Result<()> {
    let device = caller.device()?.device.device;
    let reached = Reached::new(&params.cursors, service.limits().cursors)?;
    if params.cursors.is_empty() {
        return Ok(());
    }
    service
        .store()
        .run_tx("ack", async move |tx| {
            let head = tx.inbox_head(device).await?;
            reached.check(head, &tx.positions(device).await?)?;
            if let Some(position) = reached.inbox {
                tx.ack_inbox(device, position).await?;
            }
            for (&group, &seq) in &reached.groups {
                tx.ack_group(group, device, seq).await?;
            }
            Ok::<_, Error>(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use relais_types::{GroupId, Reason};

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn it_never_goes_backwards_and_never_ahead() {
        let backbone = Backbone::new().await;
        let (mut ana, bo, group) = backbone.pair().await;
        for text in [b"1", b"2", b"3"] {
            backbone.say(&mut ana, group, text).await;
        }
        let ack = async |cursors: Vec<Cursor>| {
            ack(&backbone.service, &bo.caller, AckParams { cursors })
                .await
                .map_err(|error| error.reason)
        };
        let at = |seq| Cursor::Group { group, seq };
        let waiting = async || backbone.sync(&bo).await.deliveries.len();
        assert_eq!(waiting().await, 4, "a Welcome and three messages");
        assert_eq!(ack(vec![at(3)]).await, Ok(()));
        assert_eq!(ack(vec![at(2)]).await, Ok(()));
        assert_eq!(waiting().await, 2);
        assert_eq!(
            ack(vec![Cursor::Inbox { position: 1 }, at(1), at(4)]).await,
            Ok(())
        );
        assert_eq!(waiting().await, 0);

        let foreign = GroupId::from_bytes([9; 16]);
        for cursor in [
            at(5),
            Cursor::Group {
                group: foreign,
                seq: 0,
            },
            Cursor::Inbox { position: 2 },
        ] {
            assert_eq!(ack(vec![cursor]).await, Err(Reason::CursorInvalid));
        }
        assert_eq!(ack(vec![at(1); 1_001]).await, Err(Reason::MalformedField));
    }
}
