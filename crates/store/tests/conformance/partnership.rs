//! What two organisations sign with each other, and how they keep it.

use relais_store::{
    AdherenceRow, Error, Organisation, Pair, Partnership, SignedTerms, Store, TermsSignature,
    TermsStanding,
};
use relais_types::{OrgDomain, PractitionerId};

use crate::seed::{self, NOW};

fn domain(name: &str) -> OrgDomain {
    name.parse().unwrap()
}

fn signature(organisation: &OrgDomain) -> TermsSignature {
    TermsSignature {
        organisation: organisation.clone(),
        signed_at: NOW,
        signature: b"signed"[..].into(),
        chain: [b"device"[..].into(), b"organisation"[..].into()],
    }
}

fn terms(revision: u32, stage: u8, by: &OrgDomain) -> SignedTerms {
    SignedTerms {
        revision,
        stage,
        terms: vec![u8::try_from(revision).unwrap()].into(),
        signatures: vec![signature(by)],
    }
}

async fn admit(store: &Store, names: &[&str]) {
    for name in names {
        let organisation = Organisation {
            domain: domain(name),
            display_name: (*name).to_owned(),
            created_at: NOW,
        };
        store
            .run_tx("admit", async move |tx| {
                tx.insert_organisation(&organisation).await
            })
            .await
            .unwrap();
    }
}

async fn standing(store: &Store, pair: &Pair) -> Partnership {
    let pair = pair.clone();
    store
        .read("partnership", async move |view| {
            view.partnership(&pair).await
        })
        .await
        .unwrap()
}

async fn sign(
    store: &Store,
    pair: &Pair,
    signed: &SignedTerms,
    standing: TermsStanding,
) -> Result<(), Error> {
    let (pair, signed) = (pair.clone(), signed.clone());
    store
        .run_tx("sign", async move |tx| {
            tx.insert_terms(&pair, &signed, standing).await
        })
        .await
}

pub(crate) async fn terms_are_proposed_agreed_lowered_and_replaced(store: Store) {
    admit(&store, &["a.internal", "b.internal", "c.internal"]).await;
    let (a, b, c) = (
        domain("a.internal"),
        domain("b.internal"),
        domain("c.internal"),
    );
    assert_eq!(Pair::new(a.clone(), a.clone()), None);
    let pair = Pair::new(b.clone(), a.clone()).unwrap();
    assert_eq!((pair.first(), pair.second()), (&a, &b));
    assert_eq!(standing(&store, &pair).await, Partnership::default());

    sign(&store, &pair, &terms(1, 2, &b), TermsStanding::Proposed)
        .await
        .unwrap();
    let taken = sign(&store, &pair, &terms(1, 3, &b), TermsStanding::Proposed).await;
    assert!(taken.is_err(), "a revision is signed once");
    // Nothing is in force yet, and only the two are told.
    let partners = async |of: &OrgDomain, proposals| {
        let of = of.clone();
        store
            .read("partners", async move |view| {
                view.partners(&of, proposals, None, 9).await
            })
            .await
            .unwrap()
    };
    assert_eq!(partners(&a, true).await, std::slice::from_ref(&b));
    assert_eq!(partners(&b, true).await, std::slice::from_ref(&a));
    assert_eq!(partners(&a, false).await, []);

    let (both, by) = (pair.clone(), signature(&a));
    store
        .run_tx("agree", async move |tx| tx.agree(&both, &by).await)
        .await
        .unwrap();
    let agreed = SignedTerms {
        signatures: vec![signature(&a), signature(&b)],
        ..terms(1, 2, &b)
    };
    let now = standing(&store, &pair).await;
    assert_eq!(now.agreed, Some(agreed.clone()));
    assert_eq!((now.proposed, now.lowered), (None, None));
    assert_eq!(partners(&a, false).await, std::slice::from_ref(&b));

    // What lowers the stage ends what was proposed, and is ended by what both sign.
    sign(&store, &pair, &terms(2, 3, &a), TermsStanding::Proposed)
        .await
        .unwrap();
    sign(&store, &pair, &terms(3, 1, &b), TermsStanding::Lowered)
        .await
        .unwrap();
    let now = standing(&store, &pair).await;
    assert_eq!(now.agreed, Some(agreed));
    assert_eq!(now.lowered, Some(terms(3, 1, &b)));
    assert_eq!(now.proposed, None);
    sign(&store, &pair, &terms(4, 2, &b), TermsStanding::Proposed)
        .await
        .unwrap();
    let (both, by) = (pair.clone(), signature(&a));
    store
        .run_tx("agree", async move |tx| tx.agree(&both, &by).await)
        .await
        .unwrap();
    let now = standing(&store, &pair).await;
    assert_eq!(now.agreed.map(|agreed| agreed.revision), Some(4));
    assert_eq!((now.proposed, now.lowered), (None, None));
    let of = pair.clone();
    let last = store
        .read("last", async move |view| view.last_revision(&of).await)
        .await
        .unwrap();
    assert_eq!(last, 4);

    let other = Pair::new(a.clone(), c.clone()).unwrap();
    sign(&store, &other, &terms(1, 1, &c), TermsStanding::Lowered)
        .await
        .unwrap();
    assert_eq!(partners(&a, false).await, [b.clone(), c.clone()]);
    let page = store
        .read("partners", async move |view| {
            let first = view.partners(&a, true, None, 1).await?;
            let rest = view.partners(&a, true, Some(first[0].as_str()), 9).await?;
            Ok::<_, Error>((first, rest))
        })
        .await
        .unwrap();
    assert_eq!(page, (vec![b], vec![c]));
}

pub(crate) async fn what_a_person_tells_is_replaced_and_paged(store: Store) {
    seed::people(&store, 2).await;
    admit(&store, &["parc.internal"]).await;
    let pair = Pair::new(seed::domain(), domain("parc.internal")).unwrap();
    let row = |n: u8, statement: &'static [u8]| AdherenceRow {
        publisher: seed::practitioner_name(n),
        partner: domain("parc.internal"),
        statement: statement.into(),
        signature: b"signed"[..].into(),
        chain: [b"device"[..].into(), b"organisation"[..].into()],
    };
    for told in [row(1, b"old"), row(2, b"other"), row(1, b"new")] {
        store
            .run_tx("tell", async move |tx| tx.put_adherence(&told).await)
            .await
            .unwrap();
    }
    let read = async |after: Option<PractitionerId>| {
        let pair = pair.clone();
        store
            .read("told", async move |view| {
                view.adherence(&pair, after, 9).await
            })
            .await
            .unwrap()
    };
    assert_eq!(read(None).await, [row(1, b"new"), row(2, b"other")]);
    let first = seed::practitioner_name(1).practitioner;
    assert_eq!(read(Some(first)).await, [row(2, b"other")]);
}
