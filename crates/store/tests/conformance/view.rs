//! Officer keys, and what is sealed to them.

use relais_store::{Error, OfficerKey, Organisation, Store};
use relais_types::{OrgDomain, Timestamp};

use crate::seed::{self, NOW};

fn key(name: &'static [u8]) -> OfficerKey {
    OfficerKey {
        statement: name.into(),
        signature: b"signed"[..].into(),
        chain: [b"device"[..].into(), b"organisation"[..].into()],
    }
}

pub(crate) async fn the_newest_officer_key_counts_and_views_are_paged(store: Store) {
    seed::people(&store, 1).await;
    let (own, other): (OrgDomain, OrgDomain) = (seed::domain(), "parc.internal".parse().unwrap());
    let parc = Organisation {
        domain: other.clone(),
        display_name: "Parc".into(),
        created_at: NOW,
    };
    let later = Timestamp::from_micros(NOW.as_micros() + 5);
    let (mine, theirs) = (own.clone(), other.clone());
    store
        .run_tx("views", async move |tx| {
            tx.insert_organisation(&parc).await?;
            tx.insert_officer_key(&mine, &key(b"first"), NOW).await?;
            tx.insert_officer_key(&mine, &key(b"second"), NOW).await?;
            for (organisation, sealed, at) in [
                (&mine, b"one", NOW),
                (&theirs, b"two", NOW),
                (&mine, b"six", later),
            ] {
                tx.insert_sealed_view(organisation, sealed, at).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    store
        .read("views", async move |view| {
            assert_eq!(view.officer_key(&own).await?, Some(key(b"second")));
            assert_eq!(view.officer_key(&other).await?, None);
            let all = view.sealed_views(&own, None, 0, 9).await?;
            let sealed: Vec<_> = all.iter().map(|view| view.sealed.as_ref()).collect();
            assert_eq!(sealed, [b"one", b"six"]);
            let first = view.sealed_views(&own, None, 0, 1).await?;
            assert_eq!(first, all[..1]);
            let rest = view.sealed_views(&own, None, first[0].id, 9).await?;
            assert_eq!(rest, all[1..]);
            assert_eq!(view.sealed_views(&own, Some(later), 0, 9).await?, all[1..]);
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
}
