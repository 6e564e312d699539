//! Entries of a newer version pass through this one unharmed: shown by their fallback, shared
//! again byte by byte, never dropped.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use prost::Message as _;
use relais_care::{CaseView, Content, Language, LoopState, Rejection, Statement, Transition};
use relais_proto::care as pb;
use relais_types::EntryId;

use crate::{
    properties::config,
    world::{CASE, Log, PARTNER, person, seat_id},
};

/// What a newer version may have added to an entry.
#[derive(Clone, Debug)]
struct Newer {
    /// Number and content of each new field; the body is among them.
    fields: Vec<(u32, Vec<u8>)>,
    type_name: String,
    type_version: u32,
    fallback: String,
    /// Keeps a body that this version knows, in a later version of its type.
    known_body: bool,
}

fn newer() -> impl Strategy<Value = Newer> {
    let field = (200..20_000_u32, vec(any::<u8>(), 0..200));
    let fields = vec(field, 0..6);
    (
        fields,
        "[A-Z][a-z]{3,12}",
        2..9_u32,
        "[a-zé ]{1,60}",
        any::<bool>(),
    )
        .prop_map(|(fields, name, type_version, fallback, known_body)| Newer {
            fields,
            type_name: format!("relais.care.v1.{name}"),
            type_version,
            fallback,
            known_body,
        })
}

/// The bytes that a newer version signs.
fn encode(log: &Log, newer: &Newer) -> Bytes {
    let mut entry = log.draft(1, 1).text("x").unwrap();
    if !newer.known_body {
        entry.body = None;
        newer.type_name.clone_into(&mut entry.r#type);
    }
    entry.type_version = newer.type_version;
    newer.fallback.clone_into(&mut entry.fallback);
    let mut bytes = entry.encode_to_vec();
    for (number, content) in &newer.fields {
        prost::encoding::bytes::encode(*number, content, &mut bytes);
    }
    bytes.into()
}

/// As a device keeps an entry and shares it again: what was signed, as it came.
fn shared_again(seq: u64, signed: &Bytes) -> pb::RelayedEntry {
    pb::RelayedEntry {
        seq,
        accept_time: Some(relais_proto::to_proto_time(crate::world::START)),
        entry: Some(pb::SignedEntry {
            entry: signed.clone(),
            signature: Bytes::from_static(&[7; 64]),
            ..pb::SignedEntry::default()
        }),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_newer_entry_is_shown_and_shared_again_unharmed(newer in newer()) {
        let mut log = Log::opened();
        let before = log.view();
        let signed = encode(&log, &newer);
        let entry = pb::Entry::decode(signed.clone()).unwrap();
        let statement = Statement::parse(&entry).unwrap();
        prop_assert_eq!(&statement.content, &Content::Unknown);

        let id = log.push(1, entry);
        let view = log.view();
        let item = view.item(id).unwrap();
        prop_assert_eq!(item.rejected, None);
        let shown = if newer.fallback.is_empty() { &item.envelope.type_name } else { &newer.fallback };
        prop_assert_eq!(&item.text(Language::French), shown);
        prop_assert_eq!(item.envelope.type_version, newer.type_version);
        prop_assert!(view.pending_receipts(&person(0).name).read.contains(&id));
        prop_assert_eq!(&view.loops, &before.loops);

        // As history to a newcomer, and from there to the next, and relayed to a team.
        let mut carried = signed.clone();
        for seq in [3, 4] {
            let packet = log.draft(2, 2).history(vec![shared_again(seq, &carried)], 0).unwrap();
            let packet = pb::Entry::decode(&packet.encode_to_vec()[..]).unwrap();
            let Some(pb::entry::Body::History(history)) = packet.body else {
                return Err(TestCaseError::fail("it is a history"));
            };
            carried = history.entries[0].entry.clone().unwrap().entry;
            prop_assert_eq!(&carried, &signed);
        }
        let relayed = log.draft(2, 2).relayed(PARTNER, vec![shared_again(5, &carried)]).unwrap();
        let relayed = pb::Entry::decode(&relayed.encode_to_vec()[..]).unwrap();
        let Some(pb::entry::Body::Relayed(relayed)) = relayed.body else {
            return Err(TestCaseError::fail("it is relayed"));
        };
        prop_assert_eq!(&relayed.entries[0].entry.as_ref().unwrap().entry, &signed);
    }
}

#[test]
fn a_word_of_a_later_version_makes_an_entry_unknown_and_not_malformed() {
    let mut log = Log::opened();
    let step = Transition::new(EntryId::from_bytes([1; 16]), LoopState::Accepted);
    let mut entry = log.draft(1, 1).transition(step).unwrap();
    if let Some(pb::entry::Body::Transition(step)) = &mut entry.body {
        step.to = 999;
    }
    "Mise en pause".clone_into(&mut entry.fallback);
    let id = log.push(1, entry);
    let view = log.view();
    let item = view.item(id).unwrap();
    assert_eq!((item.rejected, &item.content), (None, &Content::Unknown));
    assert_eq!(item.text(Language::French), "Mise en pause");
}

#[test]
fn a_step_of_something_newer_is_shown_and_changes_nothing() {
    let mut log = Log::opened();
    let mut poll = log.draft(1, 1).text("x").unwrap();
    poll.body = None;
    "relais.care.v1.Poll".clone_into(&mut poll.r#type);
    poll.owner_seat = seat_id(0).into();
    let poll = log.push(1, poll);
    let step = Transition::new(poll, LoopState::Accepted);
    let entry = log.draft(0, 0).transition(step).unwrap();
    let step = log.push(0, entry);
    let nothing = Transition::new(EntryId::from_bytes([1; 16]), LoopState::Accepted);
    let entry = log.draft(0, 0).transition(nothing).unwrap();
    let nothing = log.push(0, entry);
    let view = log.view();
    assert_eq!(view.item(step).unwrap().rejected, None);
    let rejected = view.item(nothing).unwrap().rejected.map(|r| r.reason);
    assert_eq!(rejected, Some(Rejection::UnknownTarget));
    assert!(view.loops.is_empty());
    assert_eq!(CaseView::reduce(CASE, &log.entries).digest(), view.digest());
}
