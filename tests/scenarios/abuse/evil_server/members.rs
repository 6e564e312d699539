//! Who is in a case: ghosts, old key packages, words put into others' mouths.

use std::time::Duration;

use prost::Message as _;
use relais_care::{Language, Receipt, Rejection, compose::Draft};
use relais_client::{Alarm, Breach, Update};
use relais_mls::{Mls, SigningKey, State, TrustAnchors, authority::OrganisationCa};
use relais_proto::{
    care::SignedEntry,
    delivery::{SubscribeResponse, delivery::Item},
    keypackage::{ClaimKeyPackagesResponse, ClaimedKeyPackage},
    transparency::{GetEntriesResponse, GetInclusionProofsResponse},
};
use relais_tests::{Device, Evil, Node, PATIENCE, Town};
use relais_transparency::{Event, Happening};
use relais_types::{
    Clock as _, DeviceId, DeviceName, EntryId, OsEntropy, PractitionerName, Reason, SystemClock,
    Timestamp,
};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

use super::{super::Table, add, alarm, breach, count, has_seats, hears, look_again, say, stopped};

/// A key package of a device that nobody enrolled, certified in the name of `person` with the
/// authority of their organisation, as whoever holds the data directory can.
fn ghost(node: &Node, person: &PractitionerName) -> (DeviceName, ClaimedKeyPackage) {
    let read = |name: &str| std::fs::read_to_string(node.data_dir().join("ca").join(name)).unwrap();
    let domain = &person.organisation;
    let (certificate, key) = (
        read(&format!("{domain}.pem")),
        read(&format!("{domain}.key")),
    );
    let authority = OrganisationCa::from_pem(&certificate, &key).unwrap();
    let root = CertificateDer::from_pem_slice(read("root.pem").as_bytes()).unwrap();
    let device = DeviceName {
        organisation: domain.clone(),
        practitioner: person.practitioner,
        device: DeviceId::random(&mut OsEntropy),
    };
    let (key, now) = (SigningKey::generate(&mut OsEntropy), SystemClock.now());
    let chain = authority.issue(&device, &key.public(), now).unwrap();
    let anchors = TrustAnchors::from_der(&[root]).unwrap();
    let mls = Mls::new(key, chain, anchors, now).unwrap();
    let key_package = mls.key_package(&mut State::default(), false, now).unwrap();
    let claimed = ClaimedKeyPackage {
        device_id: device.device.into(),
        key_package,
    };
    (device, claimed)
}

#[tokio::test]
async fn ghost_devices() {
    let mut table = Table::new("an evil server: who is in a case");
    let town = Town::found().await;
    let evil = Evil::start(&town.node).await;
    let anne = town
        .enrol_at(evil.address(), "hospital.internal", "Anne")
        .await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let brunos_name = bruno.client.me().practitioner();

    let (ghosts_name, key_package) = ghost(&town.node, &brunos_name);
    evil.rewrite(
        "ClaimKeyPackages",
        move |mut claimed: ClaimKeyPackagesResponse| {
            if !claimed.key_packages.is_empty() {
                claimed.key_packages.push(key_package.clone());
            }
            [claimed]
        },
    );
    let mut updates = anne.client.updates();
    let case = anne.open_case("A case", &[&anne, &bruno], None).await;
    let refused = alarm(&mut updates, |it| matches!(it, Alarm::GhostRefused { .. })).await;
    let text = refused.to_string();
    assert!(
        text.contains("telephone") && text.contains("privacy officer"),
        "{text}"
    );
    let named = matches!(&refused, Alarm::GhostRefused { device, .. } if *device == ghosts_name);
    let members = case.members().await.unwrap();
    let got = format!(
        "ghost_refused, {}",
        if named && members.len() == 2 && !members.contains(&ghosts_name) {
            "not added"
        } else {
            "ADDED"
        }
    );
    table.row(
        "a ghost among the claimed key packages",
        "ghost_refused, not added",
        got,
    );
    evil.behave();

    let brunos = bruno.case(case.id()).await;
    say(&case, "before").await;
    hears(&brunos, "before").await;
    // A device that the log does not show to Anne, brought in by somebody who believes in it.
    let second = town.enrol_again(&bruno, "Bruno's second").await;
    let hidden = second.client.me().device.clone();
    let hiding = hidden.clone();
    evil.rewrite(
        "GetInclusionProofs",
        move |mut answer: GetInclusionProofsResponse| {
            answer.proofs.retain(|proof| {
                let event = Event::decode(&proof.leaf).unwrap();
                !matches!(event.what, Happening::DeviceCertified { device, .. } if device == hiding)
            });
            [answer]
        },
    );
    brunos.add_devices(&brunos_name).await.unwrap();
    let found = breach(&mut updates, |it| matches!(it, Breach::Ghost { .. })).await;
    let is_it = matches!(&found, Breach::Ghost { device, .. } if *device == hidden);
    assert!(is_it, "{found}");
    let got = stopped(&case, &found, &["before"]).await;
    table.row("a ghost in the group", "ghost_device, nothing sent", got);

    case.expel(&hidden).await.unwrap();
    anne.client.settle(PATIENCE).await.unwrap();
    assert!(!case.members().await.unwrap().contains(&hidden));
    say(&case, "after").await;
    hears(&brunos, "after").await;
    let heard = count(&brunos.view().await.unwrap(), "after");
    let evidence = anne.client.evidence().await.unwrap();
    let got = format!("{heard} message, resolved: {}", evidence[0].resolved);
    table.row(
        "the ghost is removed, and the case goes on",
        "1 message, resolved: true",
        got,
    );
    table.finish();
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one insider, and what it tries in turn"
)]
async fn old_key_packages_and_forged_authors() {
    let mut table = Table::new("an evil server: keys and authors");
    let town = Town::found().await;
    let evil = Evil::start(&town.node).await;
    let anne = town
        .enrol_at(evil.address(), "hospital.internal", "Anne")
        .await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne.open_case("A case", &[&anne, &bruno], None).await;
    let mut cy = Device::enrol(&town.node, "community.internal", "Cy", false).await;
    let cys = relais_care::Person {
        name: cy.name.practitioner_name(),
        display_name: "Cy".to_owned(),
    };
    let seat = || relais_care::Seat {
        organisation: "community.internal".parse().unwrap(),
        ..anne.seat()
    };

    let ago = i64::try_from(Duration::from_hours(120 * 24).as_micros()).unwrap();
    let past = Timestamp::from_micros(SystemClock.now().as_micros() - ago);
    let stale = cy.mls.key_package(&mut cy.state, false, past).unwrap();
    evil.rewrite(
        "ClaimKeyPackages",
        move |mut claimed: ClaimKeyPackagesResponse| {
            for package in &mut claimed.key_packages {
                package.key_package = stale.clone();
            }
            [claimed]
        },
    );
    let mut updates = anne.client.updates();
    add(&case, &cys, seat()).await;
    let failed = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Update::TeamChangeFailed { error, .. } = updates.recv().await.unwrap() {
                return error;
            }
        }
    });
    let error = failed.await.unwrap();
    let members = case.members().await.unwrap().len();
    let got = format!("{}, {members} members", error.reason.as_str());
    table.row("a stale key package", "HANDSHAKE_INVALID, 2 members", got);
    evil.behave();
    say(&case, "goes on").await;
    anne.client.settle(PATIENCE).await.unwrap();

    // Cy is a member now, and works with the server: it claims to be Bruno.
    add(&case, &cys, seat()).await;
    has_seats(&case, 3).await;
    anne.client.settle(PATIENCE).await.unwrap();
    cy.join().await;
    let view = case.view().await.unwrap();
    let target = view
        .timeline
        .iter()
        .find(|item| item.text(Language::English) == "goes on");
    let target = target.unwrap().id;
    let brunos_name = bruno.client.me().practitioner();
    let brunos_seat = view.team.seats_of(&brunos_name);
    let brunos_seat = brunos_seat.map(|seat| seat.seat.id).next();
    let claims = |write: &dyn Fn(Draft) -> relais_proto::care::Entry| {
        let (now, id) = (SystemClock.now(), EntryId::random(&mut OsEntropy));
        write(Draft::new(
            case.id(),
            id,
            &bruno.team_person(),
            brunos_seat,
            now,
            Language::English,
        ))
    };
    let receipt = claims(&|draft| {
        let receipt = Receipt {
            delivered: vec![target],
            read: vec![target],
            acknowledged: vec![target],
        };
        draft.receipt(receipt).unwrap()
    });
    let words = claims(&|draft| draft.text("Bruno agrees").unwrap());
    for entry in [receipt, words] {
        let entry = entry.encode_to_vec();
        let signed = SignedEntry {
            signature: cy.mls.key().sign("relais/entry/v1", &entry).to_vec().into(),
            entry: entry.into(),
            ..SignedEntry::default()
        };
        let message = cy.message(case.id(), &signed.encode_to_vec());
        let request = cy.authorised(message);
        cy.delivery().send(request).await.unwrap();
    }
    let view = case
        .wait_until(PATIENCE, |view| count(view, "Bruno agrees") == 1)
        .await
        .unwrap();
    let said = view
        .timeline
        .iter()
        .find(|item| item.text(Language::English) == "Bruno agrees");
    let rejected = said.unwrap().rejected.map(|it| it.reason);
    let got = rejected.map_or("accepted", Rejection::code).to_owned();
    table.row("words that claim another author", "author_mismatch", got);
    let receipts = view.receipts(target).unwrap();
    let brunos = receipts.persons.get(&bruno.client.me().practitioner());
    let acknowledged = brunos.is_some_and(|it| it.acknowledged.is_some());
    let got = if acknowledged {
        "counted"
    } else {
        "not counted"
    };
    table.row(
        "a receipt that claims another author",
        "not counted",
        got.to_owned(),
    );
    assert!(anne.client.evidence().await.unwrap().is_empty());
    assert_eq!(error.reason, Reason::HandshakeInvalid);
    table.finish();
}

#[tokio::test]
async fn ones_own_device_without_a_word() {
    let mut table = Table::new("an evil server: a device in one's own name");
    let town = Town::found().await;
    let evil = Evil::start(&town.node).await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town
        .enrol_at(evil.address(), "clinic.internal", "Bruno")
        .await;
    let brunos_name = bruno.client.me().practitioner();
    let annes = anne.open_case("A case", &[&anne, &bruno], None).await;
    let brunos = bruno.case(annes.id()).await;
    say(&annes, "before").await;
    hears(&brunos, "before").await;

    // It is certified and logged like any other; Bruno is not told.
    let silent = |mut page: SubscribeResponse| {
        page.deliveries
            .retain(|it| !matches!(it.item, Some(Item::NewDevice(_))));
        [page]
    };
    evil.rewrite("Subscribe", silent);
    look_again(&evil, &bruno).await;
    let ghost = town.enrol_again(&bruno, "Bruno's second").await;
    let ghosts_name = ghost.client.me().device.clone();
    evil.rewrite("GetEntries", |_: GetEntriesResponse| {
        [GetEntriesResponse::default()]
    });
    let mut updates = bruno.client.updates();
    annes.add_devices(&brunos_name).await.unwrap();
    let found = alarm(&mut updates, |it| matches!(it, Alarm::OwnDevice { .. })).await;
    let named = matches!(&found, Alarm::OwnDevice { device, .. } if *device == ghosts_name);
    let text = found.to_string();
    let says_what_to_do = text.contains("relais case expel") && text.contains("revoke");
    let listed = bruno.client.new_devices().await.unwrap();
    let got = format!(
        "own_device, named: {named}, says what to do: {says_what_to_do}, {} to be recognised",
        listed.len()
    );
    table.row(
        "in a case, and its leaf withheld",
        "own_device, named: true, says what to do: true, 1 to be recognised",
        got,
    );

    brunos.expel(&ghosts_name).await.unwrap();
    bruno.client.settle(PATIENCE).await.unwrap();
    let removed = !brunos.members().await.unwrap().contains(&ghosts_name);
    table.row("its owner removes it", "true", removed.to_string());

    // Another one, in no case of Bruno's: the log alone tells of it.
    evil.behave();
    evil.rewrite("Subscribe", silent);
    let third = town.enrol_again(&bruno, "Bruno's third").await;
    let mut updates = bruno.client.updates();
    evil.cut();
    let told = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Update::NewDevice(new) = updates.recv().await.unwrap() {
                return new.device;
            }
        }
    });
    let told = told.await.expect("the log tells of it");
    let got = if told == third.client.me().device {
        "new_device"
    } else {
        "ANOTHER"
    };
    table.row("in no case, and no notice", "new_device", got.to_owned());
    // Once it is honest again, nobody is told twice.
    evil.behave();
    look_again(&evil, &bruno).await;
    let listed = bruno.client.new_devices().await.unwrap();
    let named = listed.iter().filter(|new| new.device == told).count();
    assert_eq!(named, 1, "{listed:?}");
    say(&annes, "after").await;
    hears(&brunos, "after").await;
    table.finish();
}
