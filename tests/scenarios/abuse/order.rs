//! Calls repeated, out of order, raced and abandoned.

use bytes::Bytes;
use futures_util::future::join_all;
use relais_mls::{Change, OUT_OF_ORDER_TOLERANCE};
use relais_proto::delivery::{SendRequest, delivery::Item};
use relais_types::{Cursor, Entropy as _, OsEntropy};

use super::{Site, told};

#[tokio::test]
async fn repeated() {
    let mut site = Site::new("repeated").await;
    let message = site.ana.message(site.group, b"once");
    let payload = message.ciphertext.clone();
    let send = async |site: &Site, message: &SendRequest| {
        let request = site.ana.authorised(message.clone());
        match site.ana.delivery().send(request).await {
            Ok(sent) => format!("seq {}", sent.into_inner().seq),
            Err(status) => super::refusal(&status),
        }
    };
    let first = send(&site, &message).await;
    site.accepted.push(payload.clone());
    assert_eq!(
        site.bo.read(site.group, &payload).as_deref(),
        Some(&b"once"[..])
    );
    let again = send(&site, &message).await;
    site.case("the same id, the same body", &first, again).await;
    let at_once = join_all((0..16).map(|_| send(&site, &message))).await;
    let all_alike = at_once.iter().all(|answer| *answer == first);
    let got = if all_alike {
        first.clone()
    } else {
        format!("{at_once:?}")
    };
    site.case("sixteen times at once", &first, got).await;

    let reused = "FailedPrecondition REQUEST_ID_REUSED";
    let other = SendRequest {
        request_id: message.request_id.clone(),
        ..site.ana.message(site.group, b"twice")
    };
    let got = send(&site, &other).await;
    site.case("the same id, another body", reused, got).await;
    let mut commit = site.ana.stage(site.group, &Change::default());
    site.ana.discard(site.group);
    commit.request_id = message.request_id.clone();
    let got = told(
        site.ana
            .delivery()
            .commit(site.ana.authorised(commit))
            .await,
    );
    site.case("the same id, another method", reused, got).await;
    let got = send(&site, &message).await;
    site.case("the first body after that", &first, got).await;
    site.finish().await;
}

#[tokio::test]
async fn epochs() {
    let mut site = Site::new("epochs").await;
    let group = site.group;
    let old = site.bo.message(group, b"too late");
    let late = site.bo.stage(group, &Change::default());
    site.bo.discard(group);

    // Two members commit to the same epoch at the same moment.
    let ours = site.ana.stage(group, &Change::default());
    let theirs = site.bo.stage(group, &Change::default());
    let (first, second) = (ours.commit.clone(), theirs.commit.clone());
    let (mut to_ana, mut to_bo) = (site.ana.delivery(), site.bo.delivery());
    let (one, two) = tokio::join!(
        to_ana.commit(site.ana.authorised(ours)),
        to_bo.commit(site.bo.authorised(theirs)),
    );
    site.commits += 1;
    let ana_won = one.is_ok();
    let mut answers = [told(one), told(two)];
    answers.sort();
    if ana_won {
        site.ana
            .mls
            .merge_staged(&mut site.ana.state, group)
            .unwrap();
        site.bo.discard(group);
        site.bo.read(group, &first);
    } else {
        site.bo.mls.merge_staged(&mut site.bo.state, group).unwrap();
        site.ana.discard(group);
        site.ana.read(group, &second);
    }
    let got = answers.join(", ");
    site.case("two commits race", "Aborted STALE_EPOCH, OK", got)
        .await;

    let stale = "Aborted STALE_EPOCH";
    let got = told(site.bo.delivery().send(site.bo.authorised(old)).await);
    site.case("a message of the epoch before", stale, got).await;
    let got = told(site.bo.delivery().commit(site.bo.authorised(late)).await);
    site.case("a commit of the epoch before", stale, got).await;

    // A client whose state ran ahead: it merged what the server never accepted.
    let unsent = site.bo.stage(group, &Change::default());
    drop(unsent);
    site.bo.mls.merge_staged(&mut site.bo.state, group).unwrap();
    let future = site.bo.message(group, b"too early");
    let got = told(site.bo.delivery().send(site.bo.authorised(future)).await);
    let ahead = "InvalidArgument FUTURE_EPOCH";
    site.case("a message of an epoch to come", ahead, got).await;
    let future = site.bo.stage(group, &Change::default());
    let got = told(site.bo.delivery().commit(site.bo.authorised(future)).await);
    site.case("a commit of an epoch to come", ahead, got).await;
    // Bo's state is beyond repair now; the others' log is not.
    site.table.finish();
}

#[tokio::test]
async fn cursors() {
    let mut site = Site::new("cursors").await;
    let group = site.group;
    let waiting = async |site: &Site| {
        let waiting = site.bo.waiting().await.into_iter();
        let seqs = waiting.filter_map(|delivery| match delivery.item {
            Some(Item::Entry(entry)) => Some(entry.seq),
            _ => None,
        });
        format!("{:?}", seqs.collect::<Vec<_>>())
    };
    let at = |seq| Cursor::Group { group, seq }.encode().into();
    let mut table = super::Table::new("cursors");
    table.row(
        "before anything is acknowledged",
        "[2, 3]",
        waiting(&site).await,
    );
    site.bo.ack(vec![at(2)]).await.unwrap();
    table.row("after an acknowledgement", "[3]", waiting(&site).await);
    site.bo.ack(vec![at(1)]).await.unwrap();
    table.row(
        "an acknowledgement that goes back",
        "[3]",
        waiting(&site).await,
    );
    site.bo.ack(vec![at(3), at(2), at(3)]).await.unwrap();
    table.row(
        "several of one group: the furthest",
        "[]",
        waiting(&site).await,
    );
    site.ana.commit(group, &Change::default()).await;
    table.row("the log goes on", "[4]", waiting(&site).await);
    table.finish();
}

#[tokio::test]
async fn abandoned() {
    let mut site = Site::new("abandoned").await;
    // Half as many at once as may overtake each other before the oldest cannot be read any more.
    let at_once = u8::try_from(OUT_OF_ORDER_TOLERANCE / 2).unwrap();
    let mut order = Vec::new();
    for _ in 0..3 {
        let message = |n| site.ana.message(site.group, &[n]);
        let messages = (0..at_once).map(message).collect::<Vec<_>>();
        // Some are dropped before they leave, some on their way, some after they were carried out.
        for (message, yields) in messages.iter().zip(0..) {
            let request = site.ana.authorised(message.clone());
            let mut delivery = site.ana.delivery();
            let sending = tokio::spawn(async move { delivery.send(request).await.map(drop) });
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            sending.abort();
        }
        // Each is sent again, as a client does that never saw the answer.
        for message in messages {
            let seq = loop {
                let request = site.ana.authorised(message.clone());
                match site.ana.delivery().send(request).await {
                    Ok(sent) => break sent.into_inner().seq,
                    // The server may have closed a connection on which so much was reset; the
                    // next call opens another.
                    Err(status) => assert!(status.details().is_empty(), "{status}"),
                }
            };
            order.push((seq, message.ciphertext));
        }
    }
    order.sort_by_key(|(seq, _)| *seq);
    order.dedup_by_key(|(seq, _)| *seq);
    let got = format!("{} entries", order.len());
    for (_, payload) in order {
        assert!(site.bo.read(site.group, &payload).is_some());
        site.accepted.push(payload);
    }
    site.case("48 calls dropped, then sent again", "48 entries", got)
        .await;

    let nobody = SendRequest {
        request_id: OsEntropy.bytes::<15>().to_vec().into(),
        ..site.ana.message(site.group, b"unsent")
    };
    let got = told(site.ana.delivery().send(site.ana.authorised(nobody)).await);
    site.case(
        "a request id of 15 bytes",
        "InvalidArgument MALFORMED_FIELD",
        got,
    )
    .await;
    let none = SendRequest {
        request_id: Bytes::new(),
        ..site.ana.message(site.group, b"unsent")
    };
    let got = told(site.ana.delivery().send(site.ana.authorised(none)).await);
    site.case("no request id", "InvalidArgument MALFORMED_FIELD", got)
        .await;
    site.finish().await;
}
