//! What a member with a program of their own says inside the encryption: plaintexts, entries
//! with a good signature, histories and relayed entries with good signatures within.

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message as _;
use relais_engine::Event;
use relais_mls::SigningKey;
use relais_proto::{
    care::{self, entry::Body},
    delivery::{self, Delivery, delivery::Item},
    to_proto_time,
};
use relais_types::{Clock as _, Cursor};

use super::Seed;
use crate::{
    accounts::{Accounts, Known},
    edits::Input,
};

static ACCOUNTS: LazyLock<Accounts> = LazyLock::new(Accounts::new);

/// What an entry is signed under.
const LABEL: &str = "relais/entry/v1";

/// The other member's account stays whole, and says the same after it is opened again.
pub fn run(input: &[u8]) {
    let all = &*ACCOUNTS;
    let ana = &all.ana;
    let mut input = Input(input);
    let plaintext = match input.byte() % 3 {
        0 => input.0.to_vec(),
        1 => signed(ana, input.0.to_vec(), false).encode_to_vec(),
        _ => completed(ana, input.0),
    };
    let mut state = ana.state();
    let Ok(sealed) = ana.mls.encrypt(&mut state, all.case, &plaintext) else {
        return;
    };
    let seq = all.head + 1;
    let entry = delivery::LogEntry {
        group_id: all.case.into(),
        seq,
        epoch: sealed.epoch,
        kind: delivery::EntryKind::Application.into(),
        sender_device_id: ana.mls.identity().device.device.into(),
        payload: sealed.ciphertext,
        accept_time: Some(to_proto_time(all.clock.now())),
    };
    let cursor = Cursor::Group {
        group: all.case,
        seq,
    };
    let delivered = Delivery {
        cursor: cursor.encode().into(),
        item: Some(Item::Entry(entry)),
    };
    let event = Event::Delivered {
        deliveries: vec![delivered],
        caught_up: true,
    };
    all.bo_takes(event);
}

fn signed(by: &Known, entry: Vec<u8>, with_chain: bool) -> care::SignedEntry {
    let certificates = by.mls.chain().certificates();
    care::SignedEntry {
        signature: sign(by.mls.key(), &entry),
        entry: entry.into(),
        certificate_chain: if with_chain {
            certificates.to_vec()
        } else {
            Vec::new()
        },
        attestation: None,
    }
}

fn sign(key: &SigningKey, entry: &[u8]) -> Bytes {
    key.sign(LABEL, entry).to_vec().into()
}

/// An entry of this case; whatever it carries of others is signed, too.
fn completed(by: &Known, bytes: &[u8]) -> Vec<u8> {
    let all = &*ACCOUNTS;
    let Ok(mut entry) = care::Entry::decode(bytes) else {
        return Vec::new();
    };
    entry.case_id = all.case.into();
    let within = match &mut entry.body {
        Some(Body::History(history)) => &mut history.entries,
        Some(Body::Relayed(relayed)) => &mut relayed.entries,
        _ => &mut Vec::new(),
    };
    let now = all.clock.now();
    for relayed in within.iter_mut().take(16) {
        relayed.accept_time.get_or_insert(to_proto_time(now));
        if let Some(inner) = &relayed.entry {
            relayed.entry = Some(signed(by, inner.entry.to_vec(), true));
        }
    }
    signed(by, entry.encode_to_vec(), false).encode_to_vec()
}

/// A text, a history and a relayed conversation.
pub fn seeds() -> Vec<Seed> {
    let all = &*ACCOUNTS;
    let entry = |body| care::Entry {
        id: vec![9; 16].into(),
        case_id: all.case.into(),
        language: "en".to_owned(),
        fallback: "Hello".to_owned(),
        r#type: match &body {
            Body::Text(_) => "relais.care.v1.Text",
            Body::History(_) => "relais.care.v1.History",
            _ => "relais.care.v1.Relayed",
        }
        .to_owned(),
        type_version: 1,
        author: Some(all.author.clone()),
        body: Some(body),
        ..care::Entry::default()
    };
    let text = entry(Body::Text(care::Text {
        text: "Hello".to_owned(),
    }));
    let within = |seq| care::RelayedEntry {
        seq,
        accept_time: None,
        entry: Some(care::SignedEntry {
            entry: text.encode_to_vec().into(),
            ..care::SignedEntry::default()
        }),
    };
    let history = care::History {
        entries: vec![within(1), within(2)],
        remaining: 0,
        ..care::History::default()
    };
    let relayed = care::Relayed {
        conversation_id: vec![8; 16].into(),
        entries: vec![within(1)],
    };
    let bodies = [
        ("text", text.clone()),
        ("history", entry(Body::History(history))),
        ("relayed", entry(Body::Relayed(relayed))),
    ];
    let mut seeds: Vec<Seed> = bodies
        .into_iter()
        .flat_map(|(name, entry)| {
            let bytes = entry.encode_to_vec();
            [1_u8, 2].map(|way| (format!("{name}-{way}"), [&[way], &bytes[..]].concat()))
        })
        .collect();
    seeds.push(("plaintext".to_owned(), b"\0hello".to_vec()));
    seeds
}
