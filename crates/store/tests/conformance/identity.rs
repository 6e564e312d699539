//! Identity providers, the people that their directories report, and notices of new devices.

use relais_store::{Account, AccountFilter, Error, IdentityProvider, Notice, Store, Subject};
use relais_types::{OrgDomain, PractitionerId, PractitionerName, Timestamp};

use crate::seed::{self, NOW};

const LATER: Timestamp = Timestamp::from_micros(2_000_000);

fn provider(issuer: &str) -> IdentityProvider {
    IdentityProvider {
        issuer: issuer.into(),
        client_id: "relais".into(),
        scopes: "profile".into(),
        account_claim: "sub".into(),
        name_claim: "name".into(),
        profession_claim: "title".into(),
        default_profession: "nurse".into(),
        fhir_user_claim: "fhirUser".into(),
        email_domain: "clinic.example".into(),
        group_claim: "groups".into(),
        required_group: "relais".into(),
    }
}

pub(crate) async fn an_organisation_has_one_identity_provider(store: Store) {
    seed::organisation(&store).await;
    let found = async || {
        store
            .read("provider", async |view| {
                view.identity_provider(&seed::domain()).await
            })
            .await
            .unwrap()
    };
    assert_eq!(found().await, None);
    for issuer in ["https://one.example", "https://two.example"] {
        store
            .run_tx("set", async move |tx| {
                tx.set_identity_provider(&seed::domain(), &provider(issuer), NOW)
                    .await
            })
            .await
            .unwrap();
        assert_eq!(found().await, Some(provider(issuer)));
    }
    for expected in [true, false] {
        let removed = store
            .run_tx("remove", async |tx| {
                tx.remove_identity_provider(&seed::domain()).await
            })
            .await;
        assert_eq!(removed.unwrap(), expected);
    }
    assert_eq!(found().await, None);
    let nowhere: OrgDomain = "nowhere.internal".parse().unwrap();
    let unknown = store
        .run_tx("unknown", async move |tx| {
            tx.set_identity_provider(&nowhere, &provider("https://x.example"), NOW)
                .await
        })
        .await;
    assert!(unknown.is_err(), "an organisation must exist");
}

pub(crate) async fn a_subject_means_one_person_of_one_issuer(store: Store) {
    seed::people(&store, 2).await;
    let subject = |issuer: &str| Subject {
        organisation: seed::domain(),
        issuer: issuer.into(),
        subject: "42".into(),
    };
    let person = |n| seed::practitioner_name(n).practitioner;
    let (one, two) = (
        subject("https://one.example"),
        subject("https://two.example"),
    );
    let (bound, other) = (one.clone(), two.clone());
    let seen = store
        .run_tx("bind", async move |tx| {
            tx.bind_subject(&bound, person(1), "", NOW).await?;
            let first = tx.practitioner_of(&bound).await?;
            tx.bind_subject(
                &bound,
                person(2),
                "https://ehr.example/Practitioner/7",
                LATER,
            )
            .await?;
            Ok::<_, Error>((
                first,
                tx.practitioner_of(&bound).await?,
                tx.practitioner_of(&other).await?,
                tx.has_subject(person(1), &bound.issuer).await?,
                tx.has_subject(person(2), &bound.issuer).await?,
                tx.has_subject(person(2), &other.issuer).await?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(
        seen,
        (Some(person(1)), Some(person(2)), None, false, true, false)
    );
    let nobody = store
        .run_tx("nobody", async move |tx| {
            tx.bind_subject(&two, PractitionerId::from_bytes([9; 16]), "", NOW)
                .await
        })
        .await;
    assert!(nobody.is_err(), "the person must exist");
}

fn account(n: u8, user_name: &str) -> Account {
    Account {
        name: PractitionerName {
            organisation: seed::domain(),
            practitioner: PractitionerId::from_bytes([n; 16]),
        },
        user_name: Some(user_name.to_uppercase()),
        user_name_key: Some(user_name.into()),
        external_id: Some(format!("id-{user_name}")),
        display_name: user_name.into(),
        profession: "nurse".into(),
        active: true,
        deleted: false,
        created_at: LATER,
        changed_at: LATER,
    }
}

async fn put(store: &Store, account: Account) -> Result<(), Error> {
    store
        .run_tx("put", async move |tx| tx.put_account(&account).await)
        .await
}

pub(crate) async fn accounts_are_found_by_either_name_and_paged(store: Store) {
    // Person 1 has enrolled, and nothing was said of them.
    seed::people(&store, 1).await;
    let (ana, bo) = (account(2, "ana"), account(3, "bo"));
    put(&store, ana.clone()).await.unwrap();
    put(&store, bo.clone()).await.unwrap();
    let taken = Account {
        user_name_key: ana.user_name_key.clone(),
        ..account(4, "cy")
    };
    assert!(
        put(&store, taken).await.is_err(),
        "a user name is one person's"
    );

    let page = async |filter: AccountFilter, skip, limit| {
        let (accounts, total) = store
            .read("page", async move |view| {
                view.accounts(&seed::domain(), &filter, skip, limit).await
            })
            .await
            .unwrap();
        let ids: Vec<u8> = accounts
            .iter()
            .map(|account| account.name.practitioner.as_bytes()[0])
            .collect();
        (ids, total)
    };
    let by_name = |name: &str| AccountFilter::UserName(name.into());
    assert_eq!(page(AccountFilter::All, 0, 10).await, (vec![1, 2, 3], 3));
    assert_eq!(page(AccountFilter::All, 1, 1).await, (vec![2], 3));
    assert_eq!(page(AccountFilter::All, 9, 1).await, (vec![], 3));
    assert_eq!(page(AccountFilter::All, 0, 0).await, (vec![], 3));
    assert_eq!(page(by_name("ana"), 0, 10).await, (vec![2], 1));
    assert_eq!(
        page(by_name("ANA"), 0, 10).await,
        (vec![], 0),
        "keys are compared by bytes"
    );
    let by_id = AccountFilter::ExternalId("id-bo".into());
    assert_eq!(page(by_id, 0, 10).await, (vec![3], 1));

    // Forgotten: not listed any more, but still known.
    let gone = Account {
        active: false,
        deleted: true,
        ..ana.clone()
    };
    put(&store, gone.clone()).await.unwrap();
    assert_eq!(page(AccountFilter::All, 0, 10).await, (vec![1, 3], 2));
    assert_eq!(page(by_name("ana"), 0, 10).await, (vec![], 0));
    let again = Account {
        external_id: gone.external_id.clone(),
        ..account(5, "ana.roy")
    };
    put(&store, again.clone()).await.unwrap();
    let (silent, known, holder, newest) = store
        .read("one", async |view| {
            let ana = account(2, "ana");
            Ok::<_, Error>((
                view.account(&seed::practitioner_name(1)).await?,
                view.account(&ana.name).await?,
                view.account_by_user_name(&seed::domain(), "ana").await?,
                view.account_by_external_id(&seed::domain(), "id-ana")
                    .await?,
            ))
        })
        .await
        .unwrap();
    let silent = silent.unwrap();
    assert!(silent.active && silent.user_name.is_none());
    assert_eq!(known.as_ref(), Some(&gone));
    assert_eq!(holder, known);
    assert_eq!(
        newest,
        Some(again),
        "one that is there before one that is gone"
    );
}

pub(crate) async fn an_organisations_directory_has_one_token(store: Store) {
    seed::organisation(&store).await;
    let whose = async |digest: [u8; 32]| {
        store
            .read("whose", async move |view| view.scim_token(&digest).await)
            .await
            .unwrap()
    };
    for digest in [[1; 32], [2; 32]] {
        store
            .run_tx("set", async move |tx| {
                tx.set_scim_token(&seed::domain(), &digest, NOW).await
            })
            .await
            .unwrap();
        assert_eq!(whose(digest).await, Some((seed::domain(), digest)));
    }
    assert_eq!(whose([1; 32]).await, None, "the one before has ended");
}

pub(crate) async fn other_active_devices_are_left_a_notice(store: Store) {
    seed::people(&store, 2).await;
    let of_person_1 = |n: u8| {
        let mut device = seed::device(n);
        device.name.practitioner = seed::practitioner_name(1).practitioner;
        device.created_at = LATER;
        device
    };
    let (lost, new) = (of_person_1(3), of_person_1(4));
    let expected = Notice::NewDevice {
        device: new.name.clone(),
        label: new.label.clone(),
        enrolled_at: LATER,
    };
    let told = store
        .run_tx("tell", async move |tx| {
            assert!(tx.insert_device(&lost).await?);
            tx.revoke_device(lost.name.device, LATER).await?;
            assert!(tx.insert_device(&new).await?);
            tx.tell_of_new_device(&new).await
        })
        .await;
    assert_eq!(told.unwrap(), [seed::device_id(1)]);
    for (device, notices) in [(1, vec![expected]), (2, vec![]), (3, vec![]), (4, vec![])] {
        let items = store
            .read("inbox", async move |view| {
                view.inbox(seed::device_id(device), 0, 10, usize::MAX).await
            })
            .await
            .unwrap();
        let items: Vec<Notice> = items.into_iter().map(|item| item.notice).collect();
        assert_eq!(items, notices, "device {device}");
    }
}
