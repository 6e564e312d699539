//! Organisations, people, devices, services, invitations and key packages.

use std::time::Duration;

use relais_store::{
    AccessRole, CommunityService, DeviceStatus, Error, Invitation, KeyPackage, OpeningHours,
    Organisation, PersonKey, PractitionerSearch, ServiceKey, ServiceSearch, Store, Stored,
};
use relais_types::{ServiceId, ServiceName};

use crate::seed::{self, NOW};

pub(crate) async fn names_are_taken_once(store: Store) {
    seed::people(&store, 2).await;
    let again = Organisation {
        domain: seed::domain(),
        display_name: "Another".into(),
        created_at: NOW,
    };
    let (organisation, device) = store
        .run_tx("again", async move |tx| {
            let mut copied = seed::device(3);
            copied.name = seed::device(2).name;
            copied.name.device = seed::device_id(3);
            copied.signature_key = seed::device(1).signature_key;
            Ok::<_, Error>((
                tx.insert_organisation(&again).await?,
                tx.insert_device(&copied).await?,
            ))
        })
        .await
        .unwrap();
    assert!(!organisation, "the domain is taken");
    assert!(!device, "the key is taken");
    let (found, devices) = store
        .read("look", async |view| {
            let found = view.organisation(&seed::domain()).await?;
            let owner = seed::practitioner_name(2).practitioner;
            Ok::<_, Error>((found, view.devices_of(owner).await?))
        })
        .await
        .unwrap();
    assert_eq!(found.unwrap().display_name, "Hôpital Laurier");
    assert_eq!(devices, [seed::device(2)]);
    let renewed = store
        .run_tx("renew", async |tx| {
            let until = seed::NOW.plus(std::time::Duration::from_hours(1));
            tx.renew_credential(seed::device_id(2), until).await?;
            Ok::<_, Error>((tx.device(seed::device_id(2)).await?, until))
        })
        .await
        .unwrap();
    assert_eq!(renewed.0.unwrap().credential_expires_at, renewed.1);
    let (revoked, unknown) = store
        .run_tx("revoke", async |tx| {
            let unknown = tx.revoke_device(seed::device_id(9), seed::NOW).await?;
            assert!(tx.revoke_device(seed::device_id(2), seed::NOW).await?);
            Ok::<_, Error>((tx.device(seed::device_id(2)).await?, unknown))
        })
        .await
        .unwrap();
    assert_eq!(revoked.unwrap().status, DeviceStatus::Revoked);
    assert!(!unknown);
}

pub(crate) async fn people_are_found_and_paged(store: Store) {
    seed::organisation(&store).await;
    store
        .run_tx("people", async |tx| {
            for (n, name) in (1..).zip(["Dee", "Ana", "Bo", "Ana", "100% O'Neil_x\\"]) {
                tx.insert_practitioner(&seed::practitioner(n, name)).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let search = async |words: &[&str], after: Option<PersonKey>, limit| -> Vec<_> {
        let search = PractitionerSearch {
            words: words.iter().map(ToString::to_string).collect(),
            organisation: None,
            after,
            limit,
        };
        let found = store
            .read("search", async move |view| {
                view.practitioners(&search).await
            })
            .await
            .unwrap();
        found
            .into_iter()
            .map(|person| {
                let key = PersonKey {
                    sort_key: person.sort_key,
                    id: person.name.practitioner,
                };
                (person.display_name, key)
            })
            .collect()
    };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = search(&[], after, 2).await;
        let Some((_, last)) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|(name, _)| name));
    }
    assert_eq!(seen, ["100% O'Neil_x\\", "Ana", "Ana", "Bo", "Dee"]);
    for (words, found) in [
        (&["an"][..], 2),
        (&["navig", "o"], 5),
        (&["bo", "ana"], 0),
        (&["%"], 1),
        (&["_"], 1),
        (&["\\"], 1),
        (&["o'neil"], 1),
        (&["' or 1=1 --"], 0),
    ] {
        assert_eq!(search(words, None, 10).await.len(), found, "{words:?}");
    }
}

#[expect(clippy::too_many_lines, reason = "each way to narrow a search once")]
pub(crate) async fn services_are_found_with_their_lists(store: Store) {
    seed::people(&store, 2).await;
    let service = |n: u8, name: &str, languages: &[&str], areas: &[&str]| {
        let folded = |texts: &[&str]| -> Vec<_> {
            let pair = |text: &&str| ((*text).to_owned(), text.to_lowercase());
            texts.iter().map(pair).collect()
        };
        CommunityService {
            name: ServiceName {
                organisation: seed::domain(),
                service: ServiceId::from_bytes([n; 16]),
            },
            display_name: name.to_owned(),
            description: "…".into(),
            access_criteria: String::new(),
            languages: folded(languages),
            areas: folded(areas),
            practitioners: vec![seed::practitioner_name(2), seed::practitioner_name(1)],
            kind: if n == 1 { "food".into() } else { String::new() },
            referrals_closed: n == 2,
            hours: vec![OpeningHours {
                weekday: n,
                from: 480,
                until: 960,
            }],
            criteria_key: if n == 1 {
                "over 65".into()
            } else {
                String::new()
            },
            search_key: name.to_lowercase(),
            sort_key: name.to_lowercase(),
            created_at: NOW,
        }
    };
    let all = [
        service(1, "Meals", &["fr", "en-CA"], &["H2X", "H2Y"]),
        service(2, "Rides", &["ar"], &[]),
    ];
    for new in all.clone() {
        store
            .run_tx("service", async move |tx| tx.insert_service(&new).await)
            .await
            .unwrap();
    }
    let search = async |search: ServiceSearch| {
        store
            .read("search", async move |view| view.services(&search).await)
            .await
            .unwrap()
    };
    let any = ServiceSearch {
        limit: 10,
        ..ServiceSearch::default()
    };
    assert_eq!(search(any.clone()).await, all);
    let after = ServiceKey {
        sort_key: "meals".into(),
        id: all[0].name.service,
    };
    let narrowed = [
        (
            ServiceSearch {
                after: Some(after),
                ..any.clone()
            },
            &all[1..],
        ),
        (
            ServiceSearch {
                words: vec!["meal".into()],
                ..any.clone()
            },
            &all[..1],
        ),
        (
            ServiceSearch {
                kind: "food".into(),
                ..any.clone()
            },
            &all[..1],
        ),
        (
            ServiceSearch {
                eligibility: vec!["65".into()],
                ..any.clone()
            },
            &all[..1],
        ),
        (
            ServiceSearch {
                accepts_referrals: true,
                ..any.clone()
            },
            &all[..1],
        ),
        (
            ServiceSearch {
                open_at: Some((2, 480)),
                ..any.clone()
            },
            &all[1..],
        ),
        (
            ServiceSearch {
                open_at: Some((2, 960)),
                ..any.clone()
            },
            &[],
        ),
        (
            ServiceSearch {
                language: "en".into(),
                ..any.clone()
            },
            &all[..1],
        ),
        (
            ServiceSearch {
                language: "fr-ca".into(),
                ..any.clone()
            },
            &all[..1],
        ),
        (
            ServiceSearch {
                area: "h2x 1y4".into(),
                ..any.clone()
            },
            &all[..],
        ),
        (
            ServiceSearch {
                area: "h3a".into(),
                ..any
            },
            &all[1..],
        ),
    ];
    for (narrow, found) in narrowed {
        assert_eq!(search(narrow.clone()).await, found, "{narrow:?}");
    }
}

pub(crate) async fn an_invitation_is_used_once(store: Store) {
    seed::people(&store, 2).await;
    let invitation = Invitation {
        digest: [5; 32],
        organisation: seed::domain(),
        practitioner: Some(seed::practitioner_name(1).practitioner),
        display_name: String::new(),
        profession: String::new(),
        access_role: AccessRole::Administrator,
        created_at: NOW,
        expires_at: NOW.plus(Duration::from_secs(1)),
        used_by: None,
    };
    let new = invitation.clone();
    let used = store
        .run_tx("invite", async move |tx| {
            tx.insert_invitation(&new).await?;
            Ok::<_, Error>((
                tx.use_invitation(&new.digest, seed::device_id(1), new.expires_at)
                    .await?,
                tx.use_invitation(&new.digest, seed::device_id(1), NOW)
                    .await?,
                tx.use_invitation(&new.digest, seed::device_id(2), NOW)
                    .await?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(used, (false, true, false), "expired, fresh, used");
    let (found, none) = store
        .read("find", async |view| {
            let found = view.invitation(&[5; 32]).await?;
            Ok::<_, Error>((found, view.invitation(&[6; 32]).await?))
        })
        .await
        .unwrap();
    let used = Invitation {
        used_by: Some(seed::device_id(1)),
        ..invitation
    };
    assert_eq!((found, none), (Some(used), None));
}

pub(crate) async fn a_challenge_is_used_once(store: Store) {
    let later = NOW.plus(Duration::from_mins(1));
    let answers = store
        .run_tx("use", async move |tx| {
            let first = tx.use_challenge(&[1; 32], later).await?;
            let again = tx.use_challenge(&[1; 32], later).await?;
            assert_eq!(tx.forget_challenges(later).await?, 0);
            let kept = tx.use_challenge(&[1; 32], later).await?;
            let after = later.plus(Duration::from_micros(1));
            assert_eq!(tx.forget_challenges(after).await?, 1);
            Ok::<_, Error>([first, again, kept])
        })
        .await
        .unwrap();
    assert_eq!(answers, [true, false, false]);
}

pub(crate) async fn a_key_package_is_taken_once(store: Store) {
    seed::people(&store, 2).await;
    let device = seed::device_id(1);
    let package = move |n: u8, last_resort| KeyPackage {
        reference: vec![n; 32],
        device,
        last_resort,
        bytes: vec![n].into(),
        not_after: NOW.plus(Duration::from_secs(u64::from(n))),
    };
    store
        .run_tx("stock", async move |tx| {
            for n in 1..=3 {
                let stored = tx.store_key_package(&package(n, false), NOW).await?;
                assert_eq!(stored, Stored::InStock);
            }
            let again = tx.store_key_package(&package(3, false), NOW).await?;
            assert_eq!(again, Stored::InStock);
            assert_eq!(tx.key_packages_left(device, NOW).await?, 3);
            for n in [9, 10] {
                tx.store_key_package(&package(n, true), NOW).await?;
            }
            assert_eq!(tx.key_packages_left(device, NOW).await?, 3);
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    // The first has expired.
    let now = NOW.plus(Duration::from_secs(1));
    let taken = store
        .run_tx("take", async move |tx| {
            assert_eq!(tx.key_packages_left(device, now).await?, 2);
            let mut taken = Vec::new();
            for _ in 0..4 {
                taken.extend(tx.take_key_package(device, now).await?);
            }
            let spent = tx.store_key_package(&package(2, false), now).await?;
            assert_eq!(spent, Stored::Spent);
            assert_eq!(tx.take_key_package(seed::device_id(2), now).await?, None);
            assert!(tx.has_key_package(device, now).await?);
            assert!(!tx.has_key_package(seed::device_id(2), now).await?);
            Ok::<_, Error>(taken)
        })
        .await
        .unwrap();
    let taken: Vec<_> = taken.iter().map(|bytes| bytes[0]).collect();
    assert_eq!(taken, [2, 3, 10, 10]);
    let after_all = NOW.plus(Duration::from_secs(11));
    let forgotten = store
        .run_tx("forget", async move |tx| {
            assert!(!tx.has_key_package(device, after_all).await?);
            tx.forget_key_packages(after_all).await
        })
        .await;
    assert_eq!(forgotten.unwrap(), 4, "the former last resort was replaced");
}

pub(crate) async fn the_overview_counts_what_is_there(store: Store) {
    seed::people(&store, 3).await;
    let group = seed::new_group(&store).await;
    store
        .run_tx("commit", async move |tx| {
            seed::commit(tx, group, &[2, 3], &[]).await
        })
        .await
        .unwrap();
    for size in [256, 256, 512] {
        seed::say(&store, group, vec![0; size]).await;
    }
    let overview = store
        .read("overview", async |view| view.overview().await)
        .await
        .unwrap();
    let rows = |table: &str| {
        let found = overview.tables.iter().find(|count| count.table == table);
        found.unwrap().rows
    };
    assert_eq!((rows("device"), rows("group_log")), (3, 4));
    assert_eq!(rows("device_inbox"), 2);
    assert_eq!(overview.organisations, ["laurier.internal"]);
    assert_eq!(overview.devices.len(), 3);
    assert_eq!(overview.devices[0].owner, "Person 1");
    let [summary] = &overview.groups[..] else {
        panic!("{:?}", overview.groups)
    };
    assert_eq!((summary.members, summary.epoch), (3, 1));
    assert_eq!((summary.head_seq, summary.commits), (4, 1));
    assert_eq!(summary.bytes, 1 + 256 + 256 + 512);
    assert_eq!(summary.last_accepted_at, Some(NOW));
    let sizes: Vec<_> = overview
        .entry_sizes
        .iter()
        .map(|size| (size.bytes, size.entries))
        .collect();
    assert_eq!(sizes, [(1, 1), (256, 2), (512, 1)]);
}
