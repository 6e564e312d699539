//! Entries that a newcomer is not given: how they are named, so that nobody can put others in their
//! place, and how they are shared later.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message as _;
use relais_care::{CaseView, HistoryPolicy, HistoryShare, HistoryShared, Language};
use relais_proto::{care, from_proto_time};
use relais_types::{
    CaseId, DeviceName, EntryId, Error, PractitionerName, Reason, Result, Timestamp,
};
use sha2::{Digest as _, Sha256};

use crate::{
    account::{Account, Conversation},
    event::{Alarm, Update},
    outbox::ORDER_STEP,
    record::{self, LogRecord, OUTBOX, OutboxRecord, WITHHELD, WithheldRecord},
    signed,
};

const LABEL: &[u8] = b"relais/withheld/v1";
/// Withheld entries that one History names.
const MOST: usize = 600;

/// People who are given the same of a log.
pub(crate) struct Group {
    pub(crate) people: Vec<PractitionerName>,
    pub(crate) share: HistoryShare,
}

/// What one History carries.
#[derive(Default)]
pub(crate) struct Packet {
    pub(crate) entries: Vec<care::RelayedEntry>,
    pub(crate) withheld: Vec<care::WithheldEntry>,
}

impl Conversation {
    /// What the log of this device says, as far as it was shared with it.
    pub(crate) fn reduce(&mut self, case: CaseId) {
        let id = |row: &WithheldRecord| EntryId::try_from(row.entry.as_slice()).ok();
        let withheld: BTreeMap<u64, EntryId> = self
            .withheld
            .iter()
            .filter_map(|(seq, row)| Some((*seq, id(row)?)))
            .collect();
        self.view = CaseView::reduce_without(case, self.log.values(), withheld);
    }
}

impl Account {
    /// The numbers of the entries that came as history, each with the device that shared it.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case; `INTERNAL` if the store is damaged.
    pub fn shared_by(&self, case: CaseId) -> Result<BTreeMap<u64, DeviceName>> {
        self.conversation(case)?;
        let rows = self.log_rows(case)?.into_iter();
        rows.filter(|(_, row)| !row.shared_by.is_empty())
            .map(|(seq, row)| Ok((seq, row.shared_by.parse()?)))
            .collect()
    }

    /// Shares more of what was said before `shared.person` joined, as far as this device has it.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if they hold no seat, or if there is nothing more that this device could
    /// share; `NOT_FOUND` if there is no such case; `SENDING_STOPPED` while a
    /// [`Breach`](crate::Breach) stands.
    pub fn share_more(
        &mut self,
        case: CaseId,
        shared: &HistoryShared,
        language: Language,
    ) -> Result<EntryId> {
        self.refuse_if_stopped(Some(case))?;
        let person = &shared.person.name;
        let seat = self.first_seat(case);
        let entry = self.compose(case, seat, language, |draft| {
            draft.history_shared(shared.clone())
        })?;
        self.refuse_if_rejected(case, &entry)?;
        let before = self.portion(case, self.view(case)?, person)?;
        let next = self.view(case)?.with_next(&self.me.device, &entry);
        let mut more = self.portion(case, &next, person)?.given;
        more.retain(|seq| before.withheld.contains(seq));
        if more.is_empty() {
            return Err(Error::new(
                Reason::NotAllowed,
                "this device has nothing more to share with them under this policy: they were \
                 given it already, or it was not shared with you either",
            ));
        }
        let (id, order) = self.enqueue(case, &entry)?;
        let packets = self.packets(case, &more)?;
        let count = packets.len();
        for (index, entries) in packets.into_iter().enumerate() {
            // Never the last one of a newcomer's history, whoever waits for that.
            let remaining = u32::try_from(count - index).unwrap_or(u32::MAX);
            let to = std::slice::from_ref(person);
            let entry = self.compose(case, seat, Language::English, |draft| {
                draft.history_for(to, entries, Vec::new(), remaining)
            })?;
            self.enqueue_at(case, order + 1 + index as u64, &entry);
        }
        Ok(id)
    }

    /// What `person` is given of this device's log, as `view` says.
    pub(crate) fn portion(
        &self,
        case: CaseId,
        view: &CaseView,
        person: &PractitionerName,
    ) -> Result<HistoryShare> {
        Ok(view.share_for(person, self.conversation(case)?.log.values()))
    }

    /// What those who join are given, in groups of people who are given the same, and of whom
    /// nobody has said it yet. It is said by what the log holds and by those of this device's
    /// entries that announce the change.
    pub(crate) fn groups(
        &self,
        case: CaseId,
        people: impl IntoIterator<Item = PractitionerName>,
        announced: &[u64],
    ) -> Result<(Vec<Group>, BTreeSet<PractitionerName>)> {
        let mut view = self.view(case)?.clone();
        for order in announced {
            let key = record::numbered(OUTBOX, case, *order);
            if let Some(row) = record::read::<OutboxRecord>(&self.state, &key)? {
                view = view.with_next(&self.me.device, &signed::read(&row.signed_entry)?);
            }
        }
        let mut groups: Vec<Group> = Vec::new();
        let mut undecided = BTreeSet::new();
        for person in people {
            if !view.is_decided_for(&person) {
                undecided.insert(person.clone());
            }
            let share = self.portion(case, &view, &person)?;
            match groups.iter_mut().find(|group| group.share == share) {
                Some(group) if group.people.contains(&person) => {}
                Some(group) => group.people.push(person),
                None => groups.push(Group {
                    people: vec![person],
                    share,
                }),
            }
        }
        Ok((groups, undecided))
    }

    /// What a group is not given of the log before `seq`, by this device or by whoever gave it its
    /// own history, as Histories that say no more.
    pub(crate) fn withheld_packets(
        &self,
        case: CaseId,
        seq: u64,
        share: &HistoryShare,
    ) -> Result<Vec<Packet>> {
        let mut withheld = Vec::new();
        for (number, row) in self.log_rows(case)? {
            if number < seq && !row.kept && share.withheld.contains(&number) {
                withheld.push(care::WithheldEntry {
                    seq: number,
                    entry_id: signed::read(&row.signed_entry)?.id,
                    digest: digest_of(number, &row)?,
                });
            }
        }
        for (number, row) in &self.conversation(case)?.withheld {
            if *number < seq {
                withheld.push(care::WithheldEntry {
                    seq: *number,
                    entry_id: Bytes::copy_from_slice(&row.entry),
                    digest: row.digest.clone(),
                });
            }
        }
        withheld.sort_by_key(|entry| entry.seq);
        let packet = |part: &[care::WithheldEntry]| Packet {
            withheld: part.to_vec(),
            ..Packet::default()
        };
        Ok(withheld.chunks(MOST).map(packet).collect())
    }

    /// Takes in which entries are not shared; true if some of them were not known to be. Whoever
    /// has one compares: a digest that is not the entry's would let another take its place.
    pub(crate) fn receive_withheld(
        &mut self,
        case: CaseId,
        history: &care::History,
        awaited: bool,
        by: &DeviceName,
    ) -> Result<bool> {
        let before = self.conversation(case)?.record.joined_seq;
        let mut new = false;
        for named in &history.withheld {
            let seq = named.seq;
            let known = match self.stored(case, seq)? {
                Some(ours) => Some(digest_of(seq, &ours)?),
                None => self
                    .conversation(case)?
                    .withheld
                    .get(&seq)
                    .map(|row| row.digest.clone()),
            };
            if let Some(known) = known {
                if known != named.digest {
                    let by = by.practitioner_name();
                    self.update(Update::Alarm(Alarm::HistoryDiffers { case, by, seq }));
                    break;
                }
            } else if awaited && (1..before).contains(&seq) && named.digest.len() == 32 {
                let row = WithheldRecord {
                    entry: named.entry_id.to_vec(),
                    digest: named.digest.clone(),
                };
                record::write(&mut self.state, record::numbered(WITHHELD, case, seq), &row);
                self.conversation_mut(case)?.withheld.insert(seq, row);
                new = true;
            }
        }
        Ok(new)
    }

    /// True if an entry that is shared now is the one that was withheld.
    pub(crate) fn is_as_withheld(
        &self,
        case: CaseId,
        relayed: &care::RelayedEntry,
    ) -> Result<bool> {
        let known = self.conversation(case)?.withheld.get(&relayed.seq);
        let (Some(known), Some(signed), Some(at)) = (known, &relayed.entry, &relayed.accept_time)
        else {
            return Ok(true);
        };
        let Ok(at) = from_proto_time("accept_time", at) else {
            return Ok(false);
        };
        let id = care::Entry::decode(signed.entry.clone()).map(|entry| entry.id);
        let same_id = id.is_ok_and(|id| id.as_ref() == known.entry.as_slice());
        Ok(same_id && digest(relayed.seq, at, signed) == known.digest)
    }

    /// An entry is there that was withheld.
    pub(crate) fn no_longer_withheld(&mut self, case: CaseId, seq: u64) -> Result<()> {
        if self.conversation_mut(case)?.withheld.remove(&seq).is_some() {
            let key = record::numbered(WITHHELD, case, seq);
            self.state.delete(&key);
        }
        Ok(())
    }

    /// What was withheld from this device of a case.
    pub(crate) fn load_withheld(&self, case: CaseId) -> Result<BTreeMap<u64, WithheldRecord>> {
        self.state
            .scan(&record::key(WITHHELD, case))
            .map(|(key, value)| Ok((record::number(key)?, record::decode(value)?)))
            .collect()
    }
}

/// What those who join are given is a decision about newcomers: who is on the team already is
/// given more by an entry of its own.
pub(crate) fn check_policy_of_change(policy: &HistoryPolicy, joins: bool) -> Result<()> {
    if policy.is_all() || joins {
        return Ok(());
    }
    Err(Error::new(
        Reason::NotAllowed,
        "nobody joins with this change, so there is nobody to whom the policy would apply: \
         leave it out, or share more with somebody by `relais case share-history`",
    ))
}

fn digest_of(seq: u64, row: &LogRecord) -> Result<Bytes> {
    let signed = care::SignedEntry::decode(row.signed_entry.clone())
        .map_err(|_| record::damaged("an entry does not decode"))?;
    Ok(digest(
        seq,
        Timestamp::from_micros(row.accepted_at),
        &signed,
    ))
}

/// What stands for an entry that is not given: nobody can make another one with it, and nobody can
/// tell from it what the entry says, since the signature cannot be guessed.
fn digest(seq: u64, accepted_at: Timestamp, signed: &care::SignedEntry) -> Bytes {
    let digest = Sha256::new()
        .chain_update(LABEL)
        .chain_update(seq.to_be_bytes())
        .chain_update(accepted_at.as_micros().to_be_bytes())
        .chain_update(&signed.entry)
        .chain_update(&signed.signature)
        .finalize();
    Bytes::copy_from_slice(&digest)
}

/// The first place in the outbox after everything that waits there.
pub(crate) fn after_all(last: u64) -> u64 {
    last.next_multiple_of(ORDER_STEP) + ORDER_STEP
}
