//! Authorities that organisations hold themselves.

use relais_store::{CertifiedKey, OrganisationAuthority, Store};

use crate::seed::{self, NOW};

pub(crate) async fn an_own_authority_is_certified_and_replaced(store: Store) {
    seed::people(&store, 1).await;
    let organisation = seed::domain();
    let mut authority = OrganisationAuthority {
        organisation: organisation.clone(),
        certified: None,
    };
    let keys = [None, Some(&b"first"[..]), Some(&b"second"[..])];
    for key in keys {
        authority.certified = key.map(|certificate| CertifiedKey {
            certificate: certificate.into(),
            certified_at: NOW,
        });
        let written = authority.clone();
        store
            .run_tx("put_authority", async move |tx| {
                tx.put_organisation_authority(&written).await
            })
            .await
            .unwrap();
        let asked = organisation.clone();
        let read = store
            .read("authority", async move |view| {
                assert_eq!(view.own_authorities().await?, std::slice::from_ref(&asked));
                view.organisation_authority(&asked).await
            })
            .await
            .unwrap();
        assert_eq!(read.as_ref(), Some(&authority));
    }
    let other = "nowhere.internal".parse().unwrap();
    let none = store
        .read("authority", async move |view| {
            view.organisation_authority(&other).await
        })
        .await
        .unwrap();
    assert_eq!(none, None);
}
