//! Why an entry has no effect.

use serde::Serialize;

use crate::{FieldError, Language, vocabulary::vocabulary};

vocabulary! {
    /// Why an entry has no effect. It stays in the timeline, with this reason.
    Rejection {
        /// A field is missing or not what it must be.
        Malformed = "malformed", "A field is missing or malformed.", "Un champ manque ou est mal formé.";
        /// It was written for another case.
        WrongCase = "wrong_case", "It was written for another case.", "Cette entrée a été écrite pour un autre dossier.";
        /// The author it names is not the one who signed it.
        AuthorMismatch = "author_mismatch", "The author it names did not sign it.", "L’auteur indiqué n’est pas le signataire.";
        /// The case does not begin with an opening.
        NotOpened = "not_opened", "The case has not been opened.", "Le dossier n’a pas été ouvert.";
        /// Only the first entry opens a case.
        AlreadyOpened = "already_opened", "Only the first entry can open a case.", "Seule la première entrée peut ouvrir un dossier.";
        /// It names no seat to act from.
        SeatMissing = "seat_missing", "The author must act from a seat.", "L’auteur doit agir depuis un siège.";
        /// The author does not hold the seat they act from.
        SeatNotHeld = "seat_not_held", "The author does not hold that seat.", "L’auteur n’occupe pas ce siège.";
        /// It names a seat that the case does not have.
        UnknownSeat = "unknown_seat", "It names a seat that is not on the case.", "Un siège indiqué n’existe pas dans ce dossier.";
        /// It adds a seat that the case has already.
        SeatExists = "seat_exists", "The case has that seat already.", "Ce siège existe déjà dans le dossier.";
        /// It puts a person on the seat of another organisation.
        WrongOrganisation = "wrong_organisation", "The person does not belong to the seat’s organisation.", "La personne n’appartient pas à l’organisation de ce siège.";
        /// It would leave every seat vacant.
        NobodyLeft = "nobody_left", "It would leave every seat vacant.", "Tous les sièges deviendraient vacants.";
        /// The entry it refers to is not in the case, or asks for nothing.
        UnknownTarget = "unknown_target", "It refers to something that is not in the case.", "L’entrée visée ne figure pas dans ce dossier.";
        /// The catalogue does not list this step from the current state.
        NotInCatalogue = "not_in_catalogue", "This step is not possible from the current state.", "Cette étape n’est pas possible dans l’état actuel.";
        /// The step belongs to the other seat.
        WrongParty = "wrong_party", "This step belongs to another seat.", "Cette étape revient à un autre siège.";
        /// The step requires a note.
        NoteRequired = "note_required", "This step requires a note.", "Cette étape exige une note.";
        /// A referral is declined with a coded reason.
        DeclineReasonRequired = "decline_reason_required", "A decline requires a coded reason.", "Un refus exige un motif codé.";
        /// The seat's role does not allow it.
        RoleNotAllowed = "role_not_allowed", "A seat of this role cannot say this.", "Un siège de ce rôle ne peut pas dire cela.";
        /// The step requires another seat that is offered it.
        NomineeRequired = "nominee_required", "This step requires another seat that is offered it.", "Cette étape exige un autre siège à qui l’offrir.";
        /// A patient who is referred elsewhere is referred somewhere.
        AlternativeRequired = "alternative_required", "Say where the patient was referred.", "Indiquez où le patient a été dirigé.";
        /// A seat cannot hand over to, cover or delegate to itself.
        SameSeat = "same_seat", "It takes another seat.", "Il faut un autre siège.";
        /// The seat was handed to somebody else since it was offered.
        SeatChanged = "seat_changed", "Somebody else holds that seat by now.", "Une autre personne occupe maintenant ce siège.";
        /// What is filled in does not fit the definition.
        DoesNotFit = "does_not_fit", "What is filled in does not fit its definition.", "Ce qui est rempli ne correspond pas à sa définition.";
        /// Whoever is on the team already needs no emergency access.
        AlreadyOnTeam = "already_on_team", "That person is on the team already.", "Cette personne fait déjà partie de l’équipe.";
        /// Emergency access begins when it is accepted and ends within 72 hours.
        TimeNotAllowed = "time_not_allowed", "Emergency access ends within 72 hours from now.", "Un accès d’urgence prend fin dans les 72 heures.";
        /// Only the person who wrote an entry may correct it.
        NotTheAuthor = "not_the_author", "Only its author may correct or replace an entry.", "Seul son auteur peut corriger ou remplacer une entrée.";
        /// Entries of this kind cannot be corrected.
        NotCorrectable = "not_correctable", "An entry of this kind cannot be corrected.", "Ce genre d’entrée ne peut pas être corrigé.";
        /// A request or a step cannot be unsaid; it is taken back by a step of its own.
        MustBeTakenBack = "must_be_taken_back", "It has taken effect: take it back by a further step instead.", "Elle a pris effet : revenez-y par une nouvelle étape.";
        /// Only a team's case holds linked conversations.
        NotATeamCase = "not_a_team_case", "Only a team case can hold linked conversations.", "Seul un dossier d’équipe peut contenir des conversations liées.";
        /// What is relayed is not a conversation with a partner, or is this case itself.
        NotAPartnerConversation = "not_a_partner_conversation", "Only conversations with a partner can be linked.", "Seule une conversation avec un partenaire peut être liée.";
        /// Whoever relayed a conversation first is the one who relays it.
        RelayedByAnother = "relayed_by_another", "Another person relays that conversation.", "Une autre personne relaie cette conversation.";
        /// An enquiry holds nothing about a patient.
        AboutAPatient = "about_a_patient", "An enquiry with a service holds nothing about a patient.", "Une demande à un service ne contient rien sur un patient.";
        /// What is shared, and whose access ends, is said in a conversation with a partner or the patient.
        NotALinkedConversation = "not_a_linked_conversation", "This can only be said in a conversation with a partner or the patient.", "Cela ne se dit que dans une conversation avec un partenaire ou la personne soignée.";
        /// The consent that it stood on is not in force any more.
        ConversationEnded = "conversation_ended", "The conversation has ended: nothing more can be asked or shared in it.", "La conversation est terminée : plus rien ne peut y être demandé ni partagé.";
        /// A group without a patient holds nothing that is asked for one.
        NoPatientHere = "no_patient_here", "This group has no patient: ask for one in a case of theirs.", "Ce groupe est sans patient : faites cette demande dans un dossier de la personne.";
        /// Somebody was reminded of it less than a day ago.
        RemindedAlready = "reminded_already", "A reminder was sent less than a day ago.", "Un rappel a été envoyé il y a moins d’un jour.";
        /// Nobody else has to act on it.
        NothingToRemind = "nothing_to_remind", "No other seat has to act on it now.", "Aucun autre siège ne doit agir en ce moment.";
        /// It could not be shared again; see [`is_shareable`](crate::is_shareable).
        TooLarge = "too_large", "It is too large to be shared with newcomers.", "Elle est trop volumineuse pour être transmise aux nouveaux membres.";
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
    pub const fn text(&self, language: Language) -> &'static str {
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
