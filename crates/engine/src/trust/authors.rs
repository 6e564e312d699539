//! Certificates that stand behind something without having to be in a group: of whoever signed
//! an officer's key or for a partner organisation, and of the authors of entries.
//!
//! The server's own authority could have issued one in anybody's name. So they are proved like
//! those of a roster, but nothing that is sent to a case waits for it, and what they signed is
//! read meanwhile; it is shown as not proved.

use relais_mls::Chain;
use relais_types::{CaseId, DeviceName, EntryId, Result};

use super::{Fingerprint, Unproved};
use crate::{
    account::Account,
    event::{Alarm, Update},
    record,
};

/// Prefix of the empty rows of authors that the log does not know, by case and SHA-256 of their
/// certificate: they were told.
const UNLOGGED: &[u8] = b"trust/unlogged/";

/// What the log has said about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InLog {
    /// It was proved.
    Yes,
    /// It is not there, as of this connection.
    No,
    /// It was not asked yet.
    Unknown,
}

/// An entry, and the certificate that signed it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Authored {
    pub(crate) entry: EntryId,
    pub(crate) signer: Unproved,
}

impl Authored {
    /// `None` if the entry's id cannot be one: then it is shown nowhere.
    pub(crate) fn new(entry: &[u8], chain: &Chain, author: &DeviceName) -> Option<Self> {
        Self::stored(entry, &chain.fingerprint(), author)
    }

    /// The same of a stored entry, by the fingerprint.
    pub(crate) fn stored(entry: &[u8], fingerprint: &[u8], author: &DeviceName) -> Option<Self> {
        Some(Self {
            entry: EntryId::try_from(entry).ok()?,
            signer: Unproved {
                fingerprint: fingerprint.try_into().ok()?,
                device: author.clone(),
            },
        })
    }
}

/// An entry whose author's certificate is not proved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Doubt {
    pub(crate) authored: Authored,
    /// Who brought it, if its author did not.
    pub(crate) shared_by: Option<DeviceName>,
}

/// An entry of which it is not proved that its author's device is one of that person's: their
/// certificate was not found in the transparency log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnprovedEntry {
    /// The entry, of the case itself or of a conversation that is linked to it.
    pub entry: EntryId,
    /// The device that its signature names.
    pub author: DeviceName,
    /// Who shared it with this device; `None` if it came from that device itself.
    pub shared_by: Option<DeviceName>,
    /// True if the log does not have the certificate; false if it was not asked yet.
    pub absent: bool,
}

impl Account {
    /// What the log has said about `signer`.
    pub(crate) fn in_log(&self, signer: &Unproved) -> InLog {
        if self.is_proved(&signer.fingerprint) {
            InLog::Yes
        } else if self.trust.absent.contains(&signer.fingerprint) {
            InLog::No
        } else {
            InLog::Unknown
        }
    }

    /// Keeps in mind that an entry's author is still to be proved, if they are.
    pub(crate) fn doubt(
        &mut self,
        case: CaseId,
        authored: impl IntoIterator<Item = Authored>,
        shared_by: Option<&DeviceName>,
    ) -> Result<()> {
        for authored in authored {
            if !self.is_proved(&authored.signer.fingerprint) {
                let shared_by = shared_by.cloned();
                let doubts = &mut self.conversation_mut(case)?.doubts;
                doubts.insert(Doubt {
                    authored,
                    shared_by,
                });
            }
        }
        Ok(())
    }

    /// The entries of the case whose authors are not proved.
    pub(crate) fn unproved_entries(&self, case: CaseId) -> Result<Vec<UnprovedEntry>> {
        let doubts = self.conversation(case)?.doubts.iter();
        let doubts = doubts.filter(|it| !self.is_proved(&it.authored.signer.fingerprint));
        Ok(doubts
            .map(|doubt| {
                let signer = &doubt.authored.signer;
                UnprovedEntry {
                    entry: doubt.authored.entry,
                    author: signer.device.clone(),
                    shared_by: doubt.shared_by.clone(),
                    absent: self.state.get(&told(case, &signer.fingerprint)).is_some(),
                }
            })
            .collect())
    }

    /// Whose proofs are wanted although no case waits for them.
    pub(super) fn unproved_signers(&self) -> impl Iterator<Item = &Unproved> {
        let authors = self.cases.values().flat_map(|case| &case.doubts);
        authors
            .map(|doubt| &doubt.authored.signer)
            .chain(self.unproved_officers())
            .chain(&self.partner_signers)
    }

    /// The log has answered: whoever is proved is in doubt no more, and people are told of
    /// authors that it does not know, once for each case.
    pub(super) fn judge_authors(&mut self) -> Result<()> {
        for case in self.cases.keys().copied().collect::<Vec<_>>() {
            let mut doubts = std::mem::take(&mut self.conversation_mut(case)?.doubts);
            doubts.retain(|it| !self.is_proved(&it.authored.signer.fingerprint));
            for doubt in &doubts {
                let signer = &doubt.authored.signer;
                let key = told(case, &signer.fingerprint);
                if self.in_log(signer) != InLog::No || self.state.get(&key).is_some() {
                    continue;
                }
                self.state.put(key, Vec::new());
                // A ghost that speaks for itself in the case stops it, which says more.
                let members = self.members(case).unwrap_or_default();
                if doubt.shared_by.is_some() || !members.contains(&signer.device) {
                    self.update(Update::Alarm(Alarm::AuthorUnlogged {
                        case,
                        author: signer.device.clone(),
                        shared_by: doubt.shared_by.clone(),
                    }));
                }
            }
            self.conversation_mut(case)?.doubts = doubts;
        }
        Ok(())
    }
}

fn told(case: CaseId, fingerprint: &Fingerprint) -> Vec<u8> {
    [&record::key(UNLOGGED, case), fingerprint.as_slice()].concat()
}
