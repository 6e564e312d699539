//! Sharing from the team's case into a linked conversation: first a preview, then exactly that.

use prost::Message as _;
use relais_care::{
    Actor, ConversationKind, Excerpt, FileDigest, InformationClass, Language, Withheld,
    original_digest,
};
use relais_proto::care;
use relais_types::{CaseId, EntryId, Error, Reason, Result};

use crate::{account::Account, record};

/// What would become of an entry of the team's case if it were shared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The entry.
    pub entry: EntryId,
    /// The copy that would be sent, or why there is none.
    pub copy: Result<Excerpt, Withheld>,
}

impl Account {
    /// Who outside the team is told what is said in a linked conversation, each once.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case or conversation.
    pub fn readers(&self, team: CaseId, conversation: CaseId) -> Result<Vec<Actor>> {
        let told = self.told(conversation, team)?.into_iter();
        let mut actors: Vec<Actor> = told.map(|(_, actor)| actor).collect();
        actors.sort();
        actors.dedup();
        Ok(actors)
    }

    /// What of these entries could be shared into a conversation that is linked to the case, now.
    /// With each entry comes what sort of information it is, where its type does not say.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case, conversation or entry; `NOT_ALLOWED` if they do not
    /// belong together, or the conversation has ended.
    pub fn preview(
        &self,
        team: CaseId,
        conversation: CaseId,
        entries: &[(EntryId, Option<InformationClass>)],
        language: Language,
    ) -> Result<Vec<Preview>> {
        if self.parent_of(conversation)? != Some(team) {
            return Err(Error::new(
                Reason::NotAllowed,
                "that conversation is not linked to this case by anybody's device here: share from the case that it belongs to",
            ));
        }
        let target = self.view(conversation)?;
        if target.ended.is_some() {
            return Err(Error::new(
                Reason::NotAllowed,
                "the conversation has ended: with a new consent a new conversation begins",
            ));
        }
        let with = self.readers(team, conversation)?;
        let nobody = with.is_empty() && target.conversation != Some(ConversationKind::Patient);
        let now = self.now();
        let view = self.view(team)?;
        let preview = |&(entry, named): &(EntryId, Option<InformationClass>)| {
            let item = view
                .item(entry)
                .ok_or_else(|| Error::not_found("the entry"))?;
            let offered = if nobody {
                Err(Withheld::NobodyThere)
            } else {
                view.offer(item, &with, named, now)
            };
            let copy = match offered {
                Ok(offer) => {
                    let digest = self.digest_for(team, conversation, item.seq)?;
                    Ok(view.excerpt(conversation, item, &offer, digest, language))
                }
                Err(why) => Err(why),
            };
            Ok(Preview { entry, copy })
        };
        entries.iter().map(preview).collect()
    }

    /// Shares these entries, as [previewed](Self::preview): all of them or none.
    ///
    /// # Errors
    /// As for the preview; `NOT_ALLOWED` if one of them may not be shared, with why, and
    /// everything of [`Account::post`].
    pub fn share(
        &mut self,
        team: CaseId,
        conversation: CaseId,
        entries: &[(EntryId, Option<InformationClass>)],
        language: Language,
    ) -> Result<Vec<EntryId>> {
        let mut copies = Vec::new();
        for preview in self.preview(team, conversation, entries, language)? {
            copies.push(preview.copy.map_err(|why| {
                let told = why.label(Language::English);
                let refused = format!("entry {} is not shared: {told}", preview.entry);
                Error::new(Reason::NotAllowed, refused).with("withheld", why.code())
            })?);
        }
        let post =
            |copy: Excerpt| self.post(conversation, None, language, |draft| draft.excerpt(copy));
        copies.into_iter().map(post).collect()
    }

    /// Whether a copy was made of this very entry of the team's case, as its author signed it.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case or entry.
    pub fn is_copy_of(
        &self,
        team: CaseId,
        entry: EntryId,
        conversation: CaseId,
        digest: FileDigest,
    ) -> Result<bool> {
        let item = self.view(team)?.item(entry);
        let seq = item.ok_or_else(|| Error::not_found("the entry"))?.seq;
        Ok(self.digest_for(team, conversation, seq)? == digest)
    }

    fn digest_for(&self, team: CaseId, conversation: CaseId, seq: u64) -> Result<FileDigest> {
        let row = self.stored(team, seq)?;
        let row = row.ok_or_else(|| Error::not_found("the entry"))?;
        let signed = care::SignedEntry::decode(row.signed_entry)
            .map_err(|_| record::damaged("an entry does not decode"))?;
        Ok(original_digest(conversation, &signed.entry))
    }
}
