//! From the claims of an ID token to a person of the organisation.

use relais_store::{Account, IdentityProvider, Practitioner, Snapshot, Subject, Transaction};
use relais_types::{Error, OrgDomain, PractitionerId, PractitionerName, Reason, Result, Timestamp};

use super::{MAX_LABEL, MAX_NAME};
use crate::{AccessRole, id_tokens::Claims, text};

/// Longest subject in bytes (OpenID Connect Core 1.0 §2).
const MAX_SUBJECT: usize = 255;
/// Longest reference to a FHIR resource in characters.
const MAX_REFERENCE: usize = 300;

/// A person whom the organisation's identity provider has named, and who may enrol.
#[derive(Clone, Debug)]
pub(super) struct Identified {
    subject: Subject,
    /// Their name in the provider's directory, if the token says it.
    account: Option<String>,
    display_name: Option<String>,
    profession: Option<String>,
    default_profession: String,
    fhir_user: String,
}

/// Whose device it will be.
#[derive(Debug)]
pub(super) enum Person {
    Known(Practitioner),
    New(Practitioner),
}

impl Identified {
    /// Who the claims name, if the organisation's rules let them in.
    ///
    /// # Errors
    /// `NOT_ALLOWED` with the rule that leaves them out; `ID_TOKEN_INVALID` or
    /// `MALFORMED_FIELD` if the claims cannot be used.
    pub(super) fn new(
        organisation: OrgDomain,
        provider: &IdentityProvider,
        claims: &Claims,
    ) -> Result<Self> {
        admitted(provider, claims)?;
        if claims.subject.is_empty() || claims.subject.len() > MAX_SUBJECT {
            return Err(Error::new(
                Reason::IdTokenInvalid,
                "the ID token names nobody: tell your administrator",
            ));
        }
        let claim = |field: &str, name: &str, max| {
            claims
                .text(name)
                .map(|value| text::required(&format!("id_token.{field}"), value, max))
                .transpose()
        };
        Ok(Self {
            subject: Subject {
                organisation,
                issuer: provider.issuer.clone(),
                subject: claims.subject.clone(),
            },
            account: claims.text(&provider.account_claim).map(str::to_owned),
            display_name: claim("name", &provider.name_claim, MAX_NAME)?,
            profession: claim("profession", &provider.profession_claim, MAX_LABEL)?,
            default_profession: provider.default_profession.clone(),
            fhir_user: claim("fhir_user", &provider.fhir_user_claim, MAX_REFERENCE)?
                .unwrap_or_default(),
        })
    }

    /// Which person of the organisation that is; a new one gets `fresh`, or the id that the
    /// provider's directory has given them already.
    ///
    /// # Errors
    /// `NOT_ALLOWED` for somebody who has left; `MALFORMED_FIELD` if a new person has no name
    /// or no profession.
    pub(super) async fn find(
        &self,
        view: &mut Snapshot,
        fresh: PractitionerId,
        now: Timestamp,
    ) -> Result<Person> {
        let account = self.account(view).await?;
        let name = account
            .as_ref()
            .map_or_else(|| self.name(fresh), |account| account.name.clone());
        if let Some(person) = view.practitioner(&name).await? {
            return Ok(Person::Known(person));
        }
        let said = |of: fn(&Account) -> &String| {
            account
                .as_ref()
                .map(of)
                .filter(|text| !text.is_empty())
                .cloned()
        };
        let display_name = self
            .display_name
            .clone()
            .or_else(|| said(|account| &account.display_name))
            .ok_or_else(|| unsaid("name"))?;
        let profession = self
            .profession
            .clone()
            .or_else(|| said(|account| &account.profession))
            .or_else(|| Some(self.default_profession.clone()).filter(|text| !text.is_empty()))
            .ok_or_else(|| unsaid("profession"))?;
        Ok(Person::New(Practitioner {
            search_key: text::fold(&format!("{display_name} {profession}")),
            sort_key: text::fold(&display_name),
            name,
            display_name,
            profession,
            access_role: AccessRole::Member,
            created_at: now,
        }))
    }

    /// Says that the token still means `person`, and that they have not left: both were read
    /// before the certificates were made.
    ///
    /// # Errors
    /// `NOT_ALLOWED` if the person has left meanwhile; `STORAGE_UNAVAILABLE` if the directory
    /// has said meanwhile that the token means somebody else.
    pub(super) async fn stands(
        &self,
        tx: &mut Transaction,
        person: &PractitionerName,
    ) -> Result<()> {
        let account = self.account(tx).await?;
        // The person's own, too: a directory may change the name by which they were found in
        // the same breath as it deactivates them.
        if let Some(own) = tx.account(person).await? {
            active(own)?;
        }
        if account.is_some_and(|account| account.name != *person) {
            return Err(Error::new(
                Reason::StorageUnavailable,
                "the organisation's directory has changed at the same moment: try again",
            ));
        }
        Ok(())
    }

    /// Who enrols for the first time, for [`ServerKey::practitioner_id`].
    ///
    /// [`ServerKey::practitioner_id`]: crate::ServerKey::practitioner_id
    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Remembers whom the token meant, in the transaction that stores the device. That it works
    /// once needs no other memory: it is bound to keys, and keys are enrolled once.
    ///
    /// # Errors
    /// If the database fails.
    pub(super) async fn bind(
        &self,
        tx: &mut Transaction,
        person: &PractitionerName,
        now: Timestamp,
    ) -> Result<()> {
        tx.bind_subject(&self.subject, person.practitioner, &self.fhir_user, now)
            .await?;
        Ok(())
    }

    /// Which of the organisation's people the token means; `None` for somebody unknown.
    ///
    /// Whom the subject was bound to counts first: subjects are never given to anybody else.
    /// The name in the provider's directory counts for those who enrol for the first time, and
    /// for those whom the directory has forgotten and taken in again. It never leads to a
    /// person whom another subject is bound to: user names may be given to somebody else later.
    async fn account(&self, view: &mut Snapshot) -> Result<Option<Account>> {
        let bound = match view.practitioner_of(&self.subject).await? {
            Some(id) => view.account(&self.name(id)).await?,
            None => None,
        };
        if let Some(account) = bound.clone().filter(|account| !account.deleted) {
            return active(account).map(Some);
        }
        match self.by_directory(view).await? {
            Some(account) => {
                let account = active(account)?;
                let theirs = view
                    .has_subject(account.name.practitioner, &self.subject.issuer)
                    .await?;
                if theirs {
                    return Err(Error::new(
                        Reason::NotAllowed,
                        "this user name belonged to somebody else before: ask your administrator \
                         for an invitation",
                    ));
                }
                Ok(Some(account))
            }
            None => bound.map(active).transpose(),
        }
    }

    async fn by_directory(&self, view: &mut Snapshot) -> Result<Option<Account>> {
        let Some(value) = &self.account else {
            return Ok(None);
        };
        let organisation = &self.subject.organisation;
        let by_id = view.account_by_external_id(organisation, value).await?;
        if by_id.as_ref().is_some_and(|account| !account.deleted) {
            return Ok(by_id);
        }
        let by_name = view
            .account_by_user_name(organisation, &text::fold(value))
            .await?;
        Ok(by_name.or(by_id))
    }

    fn name(&self, practitioner: PractitionerId) -> PractitionerName {
        PractitionerName {
            organisation: self.subject.organisation.clone(),
            practitioner,
        }
    }
}

fn active(account: Account) -> Result<Account> {
    if account.active && !account.deleted {
        return Ok(account);
    }
    Err(Error::new(
        Reason::NotAllowed,
        "your organisation has ended your access: if that is wrong, ask your administrator to \
         reactivate you or to invite you",
    ))
}

fn unsaid(what: &str) -> Error {
    Error::malformed(
        format!("id_token.{what}"),
        "is missing: ask your administrator to have the identity provider send it",
    )
}

/// Whether the organisation's rules let the person in.
fn admitted(provider: &IdentityProvider, claims: &Claims) -> Result<()> {
    let refused = |message: &'static str| Err(Error::new(Reason::NotAllowed, message));
    if !provider.email_domain.is_empty() {
        let email = claims
            .text("email")
            .filter(|_| claims.is_true("email_verified"));
        let domain = email
            .and_then(|email| email.rsplit_once('@'))
            .map(|it| it.1);
        if !domain.is_some_and(|domain| domain.eq_ignore_ascii_case(&provider.email_domain)) {
            return refused(
                "the organisation admits verified e-mail addresses of its own domain alone, and \
                 the identity provider named none",
            );
        }
    }
    if !provider.required_group.is_empty()
        && !claims.lists(&provider.group_claim, &provider.required_group)
    {
        return refused(
            "the organisation admits the members of one group alone, and the identity provider \
             does not list you in it: ask your administrator",
        );
    }
    if !provider.fhir_user_claim.is_empty() {
        // A URL that ends in `Type/id`.
        let kind = claims
            .text(&provider.fhir_user_claim)
            .and_then(|url| url.rsplit('/').nth(1));
        if !matches!(kind, Some("Practitioner" | "PractitionerRole")) {
            return refused(
                "the organisation admits practitioners alone, and the identity provider does not \
                 name you as one: ask your administrator",
            );
        }
    }
    Ok(())
}
