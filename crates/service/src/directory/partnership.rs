//! What two organisations sign with each other.

use std::time::Duration;

use bytes::Bytes;
use relais_mls::Chain;
use relais_store::{
    AuditEvent, Pair, Partnership, SignedTerms, Snapshot, TermsSignature, TermsStanding,
};
use relais_types::{DeviceName, Error, OrgDomain, Reason, RequestId, Result, Timestamp};

use crate::{
    Caller, Page, Service,
    page::{self, List},
    replay::{Fingerprint, Replay},
};

/// Label of a signature under terms.
const LABEL: &str = "relais/partnership/v1";
/// How far the signer's clock may be from this one.
const CLOCK: Duration = Duration::from_hours(1);
/// The stage of organisations that have agreed on nothing.
const LISTED: u8 = 1;
/// The highest stage.
const CASE: u8 = 3;

/// Terms and one signature under them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignPartnershipParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The two, as the terms name them.
    pub pair: Pair,
    /// Counts from 1.
    pub revision: u32,
    /// The stage by its number in the API: 1 to 3.
    pub stage: u8,
    /// Whether either commits to something.
    pub commits: bool,
    /// The serialized terms.
    pub terms: Bytes,
    /// When they were signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// By the calling device's signature key over `relais/partnership/v1 || signed_at || terms`.
    pub signature: [u8; 64],
    /// That device's certificates.
    pub chain: Chain,
}

/// Which partnerships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPartnershipsParams {
    /// Whose.
    pub organisation: OrgDomain,
    /// At most this many; 0 means the default.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// Stores the signature of the caller's organisation under terms with another.
///
/// Who raises the stage or commits to something needs the other's signature under the same bytes;
/// who lowers it does not. Clients judge by the same rule: what the server adds is that only an
/// administrator's device signs, and that two do not sign different terms of one revision.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is a device that administers one of the two; `NOT_FOUND` for
/// the other, `ALREADY_EXISTS` for a revision that was signed meanwhile, `PROOF_INVALID`,
/// `CREDENTIAL_INVALID`, `MALFORMED_FIELD`, `REQUEST_ID_REUSED`.
pub async fn sign_partnership(
    service: &Service,
    caller: &Caller,
    params: SignPartnershipParams,
) -> Result<Partnership> {
    let device = caller.device()?.device.clone();
    if !params.pair.contains(&device.organisation) {
        return Err(Error::new(
            Reason::NotAllowed,
            "only an administrator of one of the two organisations may sign for it",
        ));
    }
    caller.administers(&device.organisation)?;
    if !(LISTED..=CASE).contains(&params.stage) {
        return Err(Error::malformed("signed.terms.stage", "must be a stage"));
    }
    let now = service.now();
    let apart = now.since(params.signed_at).max(params.signed_at.since(now));
    if apart > CLOCK {
        return Err(Error::malformed(
            "signed.signatures[0].sign_time",
            "must be now: set the device's clock and sign again",
        ));
    }
    let message = [
        &params.signed_at.as_micros().to_be_bytes()[..],
        &params.terms,
    ]
    .concat();
    let by = Signer {
        device: &device,
        chain: &params.chain,
        field: "signed.signatures[0]",
    };
    by.check(service, LABEL, &message, &params.signature)?;
    let fingerprint = Fingerprint::default()
        .field(&params.terms)
        .field(params.signature);
    let replay = Replay::new(caller, params.request_id, "sign_partnership", fingerprint);
    let certificates = params.chain.certificates();
    let signature = TermsSignature {
        organisation: device.organisation.clone(),
        signed_at: params.signed_at,
        signature: Bytes::copy_from_slice(&params.signature),
        chain: [certificates[0].clone(), certificates[1].clone()],
    };
    let event = AuditEvent {
        at: now,
        actor: caller.actor(),
        action: "partnership.propose",
        subject: params.pair.other(&device.organisation).resource_name(),
    };
    let (pair, commits) = (params.pair, params.commits);
    let signed = SignedTerms {
        revision: params.revision,
        stage: params.stage,
        terms: params.terms,
        signatures: vec![signature.clone()],
    };
    service
        .store()
        .run_tx("sign_partnership", async move |tx| {
            if replay.first::<()>(tx).await?.is_some() {
                return Ok(tx.partnership(&pair).await?);
            }
            let other = pair.other(&signature.organisation);
            if tx.organisation(other).await?.is_none() {
                return Err(Error::not_found("the other organisation"));
            }
            let current = tx.partnership(&pair).await?;
            match current.proposed.as_ref() {
                Some(open) if open.terms == signed.terms => {
                    let has_signed =
                        |it: &TermsSignature| it.organisation == signature.organisation;
                    if !open.signatures.iter().any(has_signed) {
                        tx.agree(&pair, &signature).await?;
                        let action = "partnership.agree";
                        let event = event.clone();
                        tx.audit(&AuditEvent { action, ..event }).await?;
                    }
                }
                _ => {
                    let standing = judge(tx, &pair, &current, &signed, commits).await?;
                    tx.insert_terms(&pair, &signed, standing).await?;
                    let action = match standing {
                        TermsStanding::Lowered => "partnership.lower",
                        TermsStanding::Proposed | TermsStanding::Agreed => event.action,
                    };
                    let event = event.clone();
                    tx.audit(&AuditEvent { action, ..event }).await?;
                }
            }
            replay.keep(tx, &(), now).await?;
            Ok(tx.partnership(&pair).await?)
        })
        .await
}

/// What becomes of terms of the next revision.
async fn judge(
    view: &mut Snapshot,
    pair: &Pair,
    current: &Partnership,
    signed: &SignedTerms,
    commits: bool,
) -> Result<TermsStanding> {
    let next = view.last_revision(pair).await?.saturating_add(1);
    if signed.revision != next {
        return Err(Error::new(
            Reason::AlreadyExists,
            format!(
                "the terms were changed meanwhile: read how the two stand, and sign revision {next}"
            ),
        ));
    }
    let present = stage(current);
    if signed.stage <= present && !commits {
        if current.agreed.is_none() && current.proposed.is_none() {
            return Err(Error::malformed(
                "signed.terms.stage",
                "changes nothing: nothing is agreed or proposed",
            ));
        }
        return Ok(TermsStanding::Lowered);
    }
    if signed.stage > present.saturating_add(1) {
        return Err(Error::malformed(
            "signed.terms.stage",
            "rises by one at a time: listed, referral, case",
        ));
    }
    Ok(TermsStanding::Proposed)
}

/// The stage that holds.
fn stage(current: &Partnership) -> u8 {
    let agreed = current.agreed.as_ref().map_or(LISTED, |terms| terms.stage);
    let lowered = current.lowered.as_ref();
    lowered.map_or(agreed, |terms| terms.stage.min(agreed))
}

/// A page of an organisation's partnerships, by the partner's domain. What is proposed is left
/// out for anybody but the two and the operator.
///
/// # Errors
/// `CREDENTIAL_MISSING`, `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn list_partnerships(
    service: &Service,
    caller: &Caller,
    params: ListPartnershipsParams,
) -> Result<Page<(Pair, Partnership)>> {
    caller.known()?;
    let reader = match caller {
        Caller::Device(principal) => Some(principal.device.organisation.clone()),
        Caller::Operator | Caller::Anonymous => None,
    };
    let size = page::size(params.page_size, service.limits())?;
    let list = List::new("partnerships", &[params.organisation.as_str()]);
    let after = list
        .open(&params.page_token)?
        .map(|key| String::from_utf8(key).map_err(|_| page::invalid()))
        .transpose()?;
    let organisation = params.organisation;
    let of = organisation.clone();
    let found = service
        .store()
        .read("list_partnerships", async move |view| {
            let is_own = reader.as_ref().is_none_or(|reader| *reader == of);
            let partners = view
                .partners(&of, is_own, after.as_deref(), size + 1)
                .await?;
            let mut found = Vec::new();
            for partner in partners {
                let Some(pair) = Pair::new(of.clone(), partner) else {
                    continue;
                };
                let mut partnership = view.partnership(&pair).await?;
                if reader.as_ref().is_some_and(|reader| !pair.contains(reader)) {
                    partnership.proposed = None;
                }
                found.push((pair, partnership));
            }
            Ok::<_, Error>(found)
        })
        .await?;
    Ok(list.page(found, size, |(pair, _): &(Pair, Partnership)| {
        pair.other(&organisation).as_str().as_bytes().to_vec()
    }))
}

/// A device that signs for its organisation.
pub(super) struct Signer<'a> {
    /// The caller.
    pub(super) device: &'a DeviceName,
    /// What it sent of its certificates.
    pub(super) chain: &'a Chain,
    /// The field that holds signature and certificates.
    pub(super) field: &'static str,
}

impl Signer<'_> {
    /// Passes if the chain names the caller, and its key has signed.
    pub(super) fn check(
        &self,
        service: &Service,
        label: &str,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<()> {
        let at = |mut error: Error, name: &str| {
            error.field = Some(format!("{}.{name}", self.field));
            error
        };
        let invalid = |problem: &str| {
            let message = format!("the certificate chain cannot vouch for the caller: {problem}");
            at(
                Error::new(Reason::CredentialInvalid, message),
                "certificate_chain",
            )
        };
        let named = service
            .anchors()
            .verify(self.chain, service.now())
            .map_err(|error| invalid(&error.to_string()))?;
        if named.device != *self.device {
            return Err(invalid("it names another device"));
        }
        relais_mls::verify(&named.public_key, label, message, signature).map_err(|_| {
            let message = "the signature does not verify under the device's key: sign the very \
                           bytes that are sent";
            at(Error::new(Reason::ProofInvalid, message), "signature")
        })
    }
}

#[cfg(test)]
mod tests;
