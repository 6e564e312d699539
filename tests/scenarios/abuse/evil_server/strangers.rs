//! Who is let in by another's name, and members that accuse the server.

use relais_client::{Alarm, Breach};
use relais_proto::keypackage::{ClaimKeyPackagesResponse, ClaimedKeyPackage};
use relais_tests::{Device, Evil, PATIENCE, Town};

use super::{super::Table, add, alarm, breach, has_seats, hears, say, stopped};

#[tokio::test]
async fn somebody_else_in_their_place() {
    let mut table = Table::new("an evil server: somebody else's devices");
    let town = Town::found().await;
    let evil = Evil::start(&town.node).await;
    let anne = town
        .enrol_at(evil.address(), "hospital.internal", "Anne")
        .await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    // Enrolled, certified and in the log like anybody: only not who was asked for.
    let mut mallory = Device::enrol(&town.node, "community.internal", "Mallory", false).await;
    let package = ClaimedKeyPackage {
        device_id: mallory.name.device.into(),
        key_package: mallory.key_package(false),
    };
    for (name, joins) in [("beside theirs", true), ("in place of theirs", false)] {
        let package = package.clone();
        evil.behave();
        evil.rewrite(
            "ClaimKeyPackages",
            move |mut claimed: ClaimKeyPackagesResponse| {
                if !claimed.key_packages.is_empty() {
                    claimed.key_packages.truncate(usize::from(joins));
                    claimed.key_packages.push(package.clone());
                }
                [claimed]
            },
        );
        let mut updates = anne.client.updates();
        let team = [&anne, &bruno];
        let people = if joins { &team[..] } else { &team[..1] };
        let case = if joins {
            anne.open_case("A case", people, None).await
        } else {
            let case = anne.open_case("Another", people, None).await;
            add(&case, &bruno.team_person(), bruno.seat()).await;
            case
        };
        let refused = alarm(&mut updates, |it| {
            matches!(it, Alarm::StrangerRefused { .. })
        });
        let text = refused.await.to_string();
        assert!(
            text.contains(&mallory.name.to_string()) && text.contains("privacy officer"),
            "{text}"
        );
        anne.client.settle(PATIENCE).await.unwrap();
        let members = case.members().await.unwrap();
        assert!(!members.contains(&mallory.name), "{members:?}");
        let got = format!("stranger_refused, {} members", members.len());
        let expected = format!("stranger_refused, {} members", people.len());
        table.row(&format!("another's device {name}"), &expected, got);
        say(&case, "goes on").await;
        hears(&case, "goes on").await;
    }
    assert!(anne.client.evidence().await.unwrap().is_empty());
    table.finish();
}

#[tokio::test]
async fn a_member_that_accuses_the_server_falsely() {
    let mut table = Table::new("an evil server: a member that cries wolf");
    let town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne.open_case("A case", &[&anne, &bruno], None).await;
    let brunos = bruno.case(case.id()).await;
    let mut cy = Device::enrol(&town.node, "community.internal", "Cy", false).await;
    let cys = relais_care::Person {
        name: cy.name.practitioner_name(),
        display_name: "Cy".to_owned(),
    };
    let seat = relais_care::Seat {
        organisation: "community.internal".parse().unwrap(),
        ..anne.seat()
    };
    add(&case, &cys, seat).await;
    has_seats(&case, 3).await;
    anne.client.settle(PATIENCE).await.unwrap();
    cy.join().await;
    say(&case, "before").await;
    hears(&brunos, "before").await;

    // A message that nobody can read, with a statement that its epoch is another one.
    let mut message = cy.message(case.id(), b"noise");
    let mut bytes = message.ciphertext.to_vec();
    let id = *cy.name.device.as_bytes();
    let at = bytes.windows(id.len()).position(|it| *it == id).unwrap() + id.len();
    let other = [9; 32];
    let (group, epoch) = (case.id(), message.epoch.to_be_bytes());
    let stated = [group.as_bytes().as_slice(), &epoch, &other].concat();
    let signature = cy.mls.key().sign("relais/epoch/v1", &stated);
    bytes[at..at + 32].copy_from_slice(&other);
    bytes[at + 32..at + 96].copy_from_slice(&signature);
    message.ciphertext = bytes.into();
    let mut updates = anne.client.updates();
    let request = cy.authorised(message);
    cy.delivery().send(request).await.unwrap();
    let found = breach(&mut updates, |it| matches!(it, Breach::Fork { .. })).await;
    assert!(matches!(&found, Breach::Fork { by, .. } if *by == cy.name));
    let got = stopped(&case, &found, &["before"]).await;
    table.row(
        "another epoch, stated under their signature",
        "forked_case, nothing sent",
        got,
    );

    case.expel(&cy.name).await.unwrap();
    anne.client.settle(PATIENCE).await.unwrap();
    say(&case, "without Cy").await;
    hears(&brunos, "without Cy").await;
    let mut resolved = Vec::new();
    for person in [&anne, &bruno] {
        let evidence = person.client.evidence().await.unwrap();
        resolved.push(evidence.iter().all(|it| it.resolved));
    }
    say(&brunos, "agreed").await;
    hears(&case, "agreed").await;
    let got = format!("resolved {resolved:?}");
    table.row(
        "they are removed, and the case goes on",
        "resolved [true, true]",
        got,
    );
    table.finish();
}
