//! Nothing that can tell who a patient is is said in a group without one.
//!
//! The device knows the patients of its own cases, and looks for them and for what identifiers
//! look like before it sends anything to such a group. Nobody else can: the others do not know
//! those patients, and the server sees nothing. What the author says is none is recorded with the
//! entry.

use std::collections::BTreeSet;

use relais_care::{CaseView, ConversationKind, IdentifierKind, Identifiers, Marked, Statement};
use relais_proto::care;
use relais_types::{CaseId, Error, Reason, Result};

use crate::account::Account;

impl Account {
    /// What in this text can tell who a patient is: those of this account's cases, and what
    /// identifiers look like.
    pub fn identifiers_in(&self, text: &str) -> Vec<Marked> {
        self.identifiers().find(text)
    }

    /// Refuses an entry for a group without a patient whose words hold what can tell who a
    /// patient is, unless its author has said of that kind that it is none.
    pub(crate) fn refuse_identifiers(&self, case: CaseId, entry: &care::Entry) -> Result<()> {
        let Ok(statement) = Statement::parse(entry) else {
            return Ok(());
        };
        let opens = match &statement.content {
            relais_care::Content::CaseOpened(opened) => Some(opened.conversation),
            _ => self
                .cases
                .get(&case)
                .and_then(|case| case.view.conversation),
        };
        if opens != Some(ConversationKind::Community) {
            return Ok(());
        }
        let identifiers = self.identifiers();
        let words = statement.content.words();
        let found: BTreeSet<IdentifierKind> = words
            .iter()
            .flat_map(|words| identifiers.find(words))
            .map(|marked| marked.kind)
            .filter(|kind| !statement.envelope.kept.contains(kind))
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        // Neither the words nor where they stand: an error may be logged.
        let kinds: Vec<&str> = found.iter().map(|kind| kind.code()).collect();
        let kinds = kinds.join(", ");
        let refused = Error::new(
            Reason::NotAllowed,
            format!(
                "this group has no patient, and the text holds what can tell who one is ({kinds}): write it without, or say of each of these that it is none"
            ),
        );
        Err(refused.with("identifiers", kinds))
    }

    fn identifiers(&self) -> Identifiers {
        let cases = self.cases.values().map(|case| &case.view);
        let all = cases.flat_map(|view: &CaseView| {
            std::iter::once(view.patient.as_ref())
                .chain(view.linked.values().map(|linked| linked.patient.as_ref()))
        });
        Identifiers::of(all.flatten())
    }
}
