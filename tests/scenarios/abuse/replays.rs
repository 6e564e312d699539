//! A member with a modified client who says the same thing again: what the others see of it.

use prost::Message as _;
use relais_care::{Language, Seat, compose::Draft};
use relais_proto::care::SignedEntry;
use relais_tests::{Device, PATIENCE, Person, Town};
use relais_types::{CaseId, Clock as _, EntryId, OsEntropy, SystemClock};

use super::{
    Table,
    evil_server::{add, count, has_seats, hears},
};

/// Cy, who is in the case by nothing but the published API.
struct Insider {
    device: Device,
    person: relais_care::Person,
    seat: Seat,
}

impl Insider {
    async fn enrol(town: &Town, like: &Person) -> Self {
        let device = Device::enrol(&town.node, "community.internal", "Cy", false).await;
        Self {
            person: relais_care::Person {
                name: device.name.practitioner_name(),
                display_name: "Cy".to_owned(),
            },
            seat: Seat {
                organisation: "community.internal".parse().unwrap(),
                ..like.seat()
            },
            device,
        }
    }

    /// A signed entry with this id.
    fn entry(&self, case: CaseId, id: EntryId, text: &str) -> Vec<u8> {
        let seat = Some(self.seat.id);
        let now = SystemClock.now();
        let draft = Draft::new(case, id, &self.person, seat, now, Language::English);
        let entry = draft.text(text).unwrap().encode_to_vec();
        let signature = self.device.mls.key().sign("relais/entry/v1", &entry);
        let signed = SignedEntry {
            signature: signature.to_vec().into(),
            entry: entry.into(),
            ..SignedEntry::default()
        };
        signed.encode_to_vec()
    }

    /// Sends an entry in a message of its own, which the server takes.
    async fn send(&mut self, case: CaseId, signed: &[u8]) {
        let message = self.device.message(case, signed);
        let request = self.device.authorised(message);
        self.device.delivery().send(request).await.unwrap();
    }
}

#[tokio::test]
async fn replayed_entries() {
    let mut table = Table::new("entries that are said again");
    let town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne.open_case("A case", &[&anne, &bruno], None).await;
    let brunos = bruno.case(case.id()).await;
    let mut cy = Insider::enrol(&town, &anne).await;
    add(&case, &cy.person, cy.seat.clone()).await;
    has_seats(&brunos, 3).await;
    anne.client.settle(PATIENCE).await.unwrap();
    cy.device.join().await;

    let id = EntryId::random(&mut OsEntropy);
    let once = cy.entry(case.id(), id, "said once");
    cy.send(case.id(), &once).await;
    cy.send(case.id(), &once).await;
    let other = cy.entry(case.id(), id, "said otherwise");
    cy.send(case.id(), &other).await;
    // What was said by others, in Cy's own message.
    case.post(Language::English, |draft| draft.text("by Anne"))
        .await
        .unwrap();
    hears(&brunos, "by Anne").await;
    let last = cy.entry(case.id(), EntryId::random(&mut OsEntropy), "the end");
    cy.send(case.id(), &last).await;
    for whose in [&case, &brunos] {
        hears(whose, "the end").await;
    }
    let (annes, brunos) = (case.view().await.unwrap(), brunos.view().await.unwrap());
    let times = |text| count(&brunos, text).to_string();
    table.row(
        "an entry sent twice, in two messages",
        "1",
        times("said once"),
    );
    table.row(
        "other words under the same id",
        "0",
        times("said otherwise"),
    );
    let same = annes.digest() == brunos.digest();
    table.row("everybody sees the same", "true", same.to_string());
    table.finish();
}
