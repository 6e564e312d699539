//! A page costs what it holds, not what waits behind it.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use relais_store::{EntryKind, Error, GroupState, NewEntry, NewGroup, Options, Store};
use relais_types::{DeviceId, GroupId, Timestamp};

const GROUP: GroupId = GroupId::from_bytes([1; 16]);
const DEVICE: DeviceId = DeviceId::from_bytes([2; 16]);
const NOW: Timestamp = Timestamp::from_micros(1);
const PAYLOAD: usize = 64 * 1024;

/// Bytes that this process has read so far. The only test of its process, so that nobody
/// else's reads count.
fn bytes_read() -> u64 {
    let counters = std::fs::read_to_string("/proc/self/io").unwrap();
    let read = counters
        .lines()
        .find_map(|line| line.strip_prefix("rchar: "))
        .unwrap();
    read.parse().unwrap()
}

#[tokio::test]
async fn what_does_not_fit_on_a_page_is_not_read() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("relais.db");
    let store = Store::open(&path, Options::default()).await.unwrap();
    let group = NewGroup {
        id: GROUP,
        creator: DEVICE,
        state: GroupState {
            public_state: vec![0].into(),
            group_info: vec![0].into(),
            ratchet_tree: vec![0].into(),
        },
        created_at: NOW,
    };
    store
        .run_tx("fill", async move |tx| {
            tx.insert_group(&group).await?;
            let mut locked = tx.lock_group(GROUP).await?.unwrap();
            let entry = NewEntry {
                epoch: 0,
                kind: EntryKind::Application,
                sender: DEVICE,
                payload: vec![7; PAYLOAD].into(),
                accepted_at: NOW,
            };
            for _ in 0..200 {
                tx.append(&mut locked, &entry).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    store.close().await;

    // Nothing is cached in a store that was just opened.
    let store = Store::open_read_only(&path).await.unwrap();
    let before = bytes_read();
    let page = store
        .read("page", async |view| {
            view.log(GROUP, 10, 200, 100, 4 * PAYLOAD).await
        })
        .await
        .unwrap();
    let read = bytes_read() - before;
    let seqs: Vec<u64> = page.iter().map(|entry| entry.seq).collect();
    assert_eq!(seqs, [11, 12, 13, 14]);
    assert!(read < 8 * PAYLOAD as u64, "{read} bytes read for a page");
}
