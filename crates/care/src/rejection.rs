//! Why an entry has no effect.

use serde::Serialize;

use crate::{FieldError, Language, vocabulary::vocabulary};

vocabulary! {
    /// Why an entry has no effect. It stays in the timeline, with this reason.
    Rejection {
        /// A field is missing or not what it must be.
        Malformed = "malformed";
        /// It was written for another case.
        WrongCase = "wrong_case";
        /// The author it names is not the one who signed it.
        AuthorMismatch = "author_mismatch";
        /// The case does not begin with an opening.
        NotOpened = "not_opened";
        /// Only the first entry opens a case.
        AlreadyOpened = "already_opened";
        /// It names no seat to act from.
        SeatMissing = "seat_missing";
        /// The author does not hold the seat they act from.
        SeatNotHeld = "seat_not_held";
        /// It names a seat that the case does not have.
        UnknownSeat = "unknown_seat";
        /// It adds a seat that the case has already.
        SeatExists = "seat_exists";
        /// It puts a person on the seat of another organisation.
        WrongOrganisation = "wrong_organisation";
        /// It would leave every seat vacant.
        NobodyLeft = "nobody_left";
        /// The entry it refers to is not in the case, or asks for nothing.
        UnknownTarget = "unknown_target";
        /// The catalogue does not list this step from the current state.
        NotInCatalogue = "not_in_catalogue";
        /// The step belongs to the other seat.
        WrongParty = "wrong_party";
        /// The step requires a note.
        NoteRequired = "note_required";
        /// A referral is declined with a coded reason.
        DeclineReasonRequired = "decline_reason_required";
        /// The seat's role does not allow it.
        RoleNotAllowed = "role_not_allowed";
        /// The step requires another seat that is offered it.
        NomineeRequired = "nominee_required";
        /// A patient who is referred elsewhere is referred somewhere.
        AlternativeRequired = "alternative_required";
        /// A seat cannot hand over to, cover or delegate to itself.
        SameSeat = "same_seat";
        /// The seat was handed to somebody else since it was offered.
        SeatChanged = "seat_changed";
        /// What is filled in does not fit the definition.
        DoesNotFit = "does_not_fit";
        /// Whoever is on the team already needs no emergency access.
        AlreadyOnTeam = "already_on_team";
        /// Emergency access begins when it is accepted and ends within 72 hours.
        TimeNotAllowed = "time_not_allowed";
        /// Only the person who wrote an entry may correct it.
        NotTheAuthor = "not_the_author";
        /// Entries of this kind cannot be corrected.
        NotCorrectable = "not_correctable";
        /// A request or a step cannot be unsaid; it is taken back by a step of its own.
        MustBeTakenBack = "must_be_taken_back";
        /// Only a team's case holds linked conversations.
        NotATeamCase = "not_a_team_case";
        /// Only a team lets somebody in at once.
        OnlyInATeamCase = "only_in_a_team_case";
        /// What is relayed is not a conversation with a partner, or is this case itself.
        NotAPartnerConversation = "not_a_partner_conversation";
        /// Whoever relayed a conversation first is the one who relays it.
        RelayedByAnother = "relayed_by_another";
        /// An enquiry holds nothing about a patient.
        AboutAPatient = "about_a_patient";
        /// What is shared, and whose access ends, is said in a conversation with a partner or the patient.
        NotALinkedConversation = "not_a_linked_conversation";
        /// The consent that it stood on is not in force any more.
        ConversationEnded = "conversation_ended";
        /// A group without a patient holds nothing that is asked for one.
        NoPatientHere = "no_patient_here";
        /// Somebody was reminded of it less than a day ago.
        RemindedAlready = "reminded_already";
        /// Nobody else has to act on it.
        NothingToRemind = "nothing_to_remind";
        /// It could not be shared again; see [`is_shareable`](crate::is_shareable).
        TooLarge = "too_large";
    }
}

/// A rejection, and the field at fault if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Why.
    pub reason: Rejection,
    /// The field's path within the entry; only for [`Rejection::Malformed`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
}

impl Rejected {
    /// The sentence for people.
    pub fn text(&self, language: Language) -> &'static str {
        self.reason.label(language)
    }
}

impl From<Rejection> for Rejected {
    fn from(reason: Rejection) -> Self {
        Self {
            reason,
            field: None,
        }
    }
}

impl From<FieldError> for Rejected {
    fn from(error: FieldError) -> Self {
        Self {
            reason: Rejection::Malformed,
            field: Some(error.field),
        }
    }
}
