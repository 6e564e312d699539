//! Recording how far a device has come.

use relais_store::Snapshot;
use relais_types::{Cursor, DeviceId, Error, GroupId, Result};

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
    // What a device was given stays given, so what a reader has checked the writer may
    // record later; and most acknowledgements, repeated ones, never come to the writer.
    let moved = service
        .store()
        .read("check_ack", async move |view| {
            moved(view, device, &reached).await
        })
        .await?;
    if moved.inbox.is_none() && moved.groups.is_empty() {
        return Ok(());
    }
    service
        .store()
        .run_tx("ack", async move |tx| {
            if let Some(position) = moved.inbox {
                tx.ack_inbox(device, position).await?;
            }
            tx.ack_groups(device, &moved.groups).await?;
            Ok::<_, Error>(())
        })
        .await
}

/// What an acknowledgement changes.
struct Moved {
    inbox: Option<u64>,
    groups: Vec<(GroupId, u64)>,
}

/// # Errors
/// `CURSOR_INVALID` for a cursor that the device was never given.
async fn moved(view: &mut Snapshot, device: DeviceId, reached: &Reached) -> Result<Moved> {
    let named: Vec<GroupId> = reached.groups.keys().copied().collect();
    let positions = view.positions_in(device, &named).await?;
    reached.check(view.inbox_head(device).await?, &positions)?;
    let inbox = match reached.inbox {
        Some(position) if view.inbox_holds(device, position).await? => Some(position),
        _ => None,
    };
    let groups = positions.iter().filter_map(|position| {
        let seq = *reached.groups.get(&position.group)?;
        (seq > position.acked_seq).then_some((position.group, seq))
    });
    Ok(Moved {
        inbox,
        groups: groups.collect(),
    })
}

#[cfg(test)]
mod tests {
    use relais_store::Store;
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn what_moves_nothing_never_comes_to_the_writer() {
        let backbone = Backbone::new().await;
        let (mut ana, bo, group) = backbone.pair().await;
        backbone.say(&mut ana, group, b"1").await;
        backbone.say(&mut ana, group, b"2").await;
        let at = |seq| Cursor::Group { group, seq };
        let inbox = Cursor::Inbox { position: 1 };
        let params = AckParams {
            cursors: vec![inbox, at(2)],
        };
        ack(&backbone.service, &bo.caller, params).await.unwrap();

        // A store that only reads refuses every write.
        let path = backbone.directory().join("relais.db");
        let reading = backbone.over(Store::open_read_only(path).await.unwrap());
        let ack = async |cursors: Vec<Cursor>| {
            ack(&reading, &bo.caller, AckParams { cursors })
                .await
                .map_err(|error| error.reason)
        };
        for cursors in [vec![inbox, at(2)], vec![inbox], vec![at(1)]] {
            assert_eq!(ack(cursors).await, Ok(()));
        }
        assert_eq!(ack(vec![at(4)]).await, Err(Reason::CursorInvalid));
        let unavailable = Err(Reason::StorageUnavailable);
        assert_eq!(ack(vec![inbox, at(3)]).await, unavailable);
    }

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
