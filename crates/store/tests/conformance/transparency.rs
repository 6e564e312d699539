//! The transparency log: written once, read by number, node and certificate.

use relais_store::{Cosignature, Error, NewLeaf, Store};

use crate::seed::NOW;

fn leaf(number: u64, fingerprint: Option<u8>) -> NewLeaf {
    NewLeaf {
        number,
        leaf: vec![u8::try_from(number).unwrap(); 3],
        fingerprint: fingerprint.map(|byte| [byte; 32]),
        audit_number: fingerprint.is_none().then_some(number * 10),
    }
}

async fn append(store: &Store, leaf: NewLeaf) -> Result<(), Error> {
    store
        .run_tx("append_leaf", async move |tx| {
            tx.append_transparency_leaf(&leaf).await
        })
        .await
}

pub(crate) async fn leaves_are_numbered_and_found_by_certificate(store: Store) {
    for (number, fingerprint) in [(0, Some(7)), (1, None), (2, Some(8)), (3, Some(7))] {
        append(&store, leaf(number, fingerprint)).await.unwrap();
    }
    // A number is given once.
    assert!(append(&store, leaf(3, None)).await.is_err());
    let read = store.read("look", async |view| {
        let first = view.transparency_leaf_of(&[7; 32]).await?;
        assert_eq!(first.map(|found| found.number), Some(0));
        assert_eq!(view.transparency_leaf_of(&[9; 32]).await?, None);
        assert_eq!(view.transparency_size().await?, 4);
        assert_eq!(view.transparency_audit_number().await?, 10);
        let page = view.transparency_leaves(1, 2).await?;
        assert_eq!(page, [vec![1; 3], vec![2; 3]]);
        assert!(view.transparency_leaves(4, 2).await?.is_empty());
        Ok::<_, Error>(())
    });
    read.await.unwrap();
}

pub(crate) async fn a_node_is_written_once(store: Store) {
    let put = async |hash: [u8; 32]| {
        let work = async move |tx: &mut relais_store::Transaction| {
            tx.insert_transparency_node(8, 5, &hash).await
        };
        store.run_tx("put_node", work).await
    };
    put([1; 32]).await.unwrap();
    assert!(put([2; 32]).await.is_err());
    let nodes = store.read("look", async |view| {
        Ok::<_, Error>((
            view.transparency_node(8, 5).await?,
            view.transparency_node(0, 5).await?,
        ))
    });
    assert_eq!(nodes.await.unwrap(), (Some([1; 32]), None));
}

pub(crate) async fn the_newest_cosignature_of_a_witness_is_kept(store: Store) {
    let put = async |size: u64, line: &str| {
        let cosignature = Cosignature {
            witness: "w".to_owned(),
            size,
            line: line.to_owned(),
            signed_at: NOW,
        };
        store
            .run_tx("put_cosignature", async move |tx| {
                tx.put_cosignature(&cosignature).await
            })
            .await
            .unwrap();
    };
    put(5, "five").await;
    put(7, "seven").await;
    put(6, "six").await;
    let kept = store.read("look", async |view| view.cosignatures().await);
    let kept: Vec<Cosignature> = kept.await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].size, &*kept[0].line), (7, "seven"));
}
