//! Devices that brought themselves back into step.

use std::time::Duration;

use relais_store::{Error, Store};
use relais_types::GroupId;

use crate::seed::{self, NOW};

pub(crate) async fn a_device_is_told_when_it_came_back_in_a_group(store: Store) {
    seed::people(&store, 2).await;
    let group = seed::new_group(&store).await;
    let other = GroupId::from_bytes([0x0f; 16]);
    let device = seed::device_id(1);
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    let seen = store
        .run_tx("resync", async move |tx| {
            for seconds in [10, 20, 30] {
                let seq = seed::commit(tx, group, &[], &[]).await?;
                let locked = tx.lock_group(group).await?.unwrap();
                tx.insert_resync(&locked, device, seq, at(seconds)).await?;
            }
            let all = tx.resyncs(group, device, NOW, 10).await?;
            let late = tx.resyncs(group, device, at(10), 10).await?;
            let newest = tx.resyncs(group, device, NOW, 1).await?;
            let another = tx.resyncs(group, seed::device_id(2), NOW, 10).await?;
            let elsewhere = tx.resyncs(other, device, NOW, 10).await?;
            assert!(another.is_empty() && elsewhere.is_empty());
            Ok::<_, Error>((all, late, newest))
        })
        .await
        .unwrap();
    let (all, late, newest) = seen;
    assert_eq!(all, [at(30), at(20), at(10)]);
    assert_eq!(late, [at(30), at(20)]);
    assert_eq!(newest, [at(30)]);
}
