//! How commitments are kept, as the people of two organisations count it.

use bytes::Bytes;
use relais_mls::Chain;
use relais_store::{AdherenceRow, Pair};
use relais_types::{Error, OrgDomain, PractitionerId, RequestId, Result};

use super::partnership::Signer;
use crate::{
    Caller, Page, Service,
    page::{self, List},
    replay::{Fingerprint, Replay},
};

/// Label of a statement's signature.
const LABEL: &str = "relais/adherence/v1";
/// Fewer requests than this would let a single case show through.
const LEAST: u32 = 5;

/// What a person tells of a partnership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishAdherenceParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// For whom they tell it, as the statement says.
    pub organisation: OrgDomain,
    /// The other organisation.
    pub partner: OrgDomain,
    /// How many requests came due for each commitment.
    pub due: Vec<u32>,
    /// The serialized statement.
    pub statement: Bytes,
    /// By the calling device's signature key over `relais/adherence/v1 || statement`.
    pub signature: [u8; 64],
    /// That device's certificates.
    pub chain: Chain,
}

/// Which statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListAdherenceParams {
    /// The other organisation.
    pub partner: OrgDomain,
    /// At most this many; 0 means the default.
    pub page_size: i32,
    /// From the previous page; empty for the first.
    pub page_token: String,
}

/// Stores what a person tells of how commitments were kept, in place of what they told before.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is a device of that organisation; `NOT_FOUND` if nothing is
/// agreed between the two, `PROOF_INVALID`, `CREDENTIAL_INVALID`, `MALFORMED_FIELD`,
/// `REQUEST_ID_REUSED`.
pub async fn publish_adherence(
    service: &Service,
    caller: &Caller,
    params: PublishAdherenceParams,
) -> Result<()> {
    let device = caller.device()?.device.clone();
    if params.organisation != device.organisation {
        return Err(Error::new(
            relais_types::Reason::NotAllowed,
            "a device tells what its own organisation has counted",
        ));
    }
    let pair = Pair::new(params.organisation.clone(), params.partner.clone()).ok_or_else(|| {
        Error::malformed(
            "signed.statement.organisations",
            "must be two organisations",
        )
    })?;
    if let Some(at) = params.due.iter().position(|&due| due < LEAST) {
        return Err(Error::malformed(
            format!("signed.statement.adherences[{at}].due"),
            format!("must be at least {LEAST}: fewer would let a single case show through"),
        ));
    }
    let by = Signer {
        device: &device,
        chain: &params.chain,
        field: "signed",
    };
    by.check(service, LABEL, &params.statement, &params.signature)?;
    let fingerprint = Fingerprint::default()
        .field(&params.statement)
        .field(params.signature);
    let replay = Replay::new(caller, params.request_id, "publish_adherence", fingerprint);
    let certificates = params.chain.certificates();
    let row = AdherenceRow {
        publisher: device.practitioner_name(),
        partner: params.partner,
        statement: params.statement,
        signature: Bytes::copy_from_slice(&params.signature),
        chain: [certificates[0].clone(), certificates[1].clone()],
    };
    let now = service.now();
    service
        .store()
        .run_tx("publish_adherence", async move |tx| {
            if replay.first::<()>(tx).await?.is_some() {
                return Ok(());
            }
            if tx.partnership(&pair).await?.agreed.is_none() {
                return Err(Error::not_found("an agreed partnership of the two"));
            }
            tx.put_adherence(&row).await?;
            replay.keep(tx, &(), now).await
        })
        .await
}

/// A page of what the people of the caller's organisation and of a partner have told, by person.
///
/// # Errors
/// `CREDENTIAL_MISSING`, `NOT_ALLOWED` for the operator, `MALFORMED_FIELD`, `CURSOR_INVALID`.
pub async fn list_adherence(
    service: &Service,
    caller: &Caller,
    params: ListAdherenceParams,
) -> Result<Page<AdherenceRow>> {
    let own = caller.device()?.device.organisation.clone();
    let size = page::size(params.page_size, service.limits())?;
    let list = List::new("adherence", &[own.as_str(), params.partner.as_str()]);
    let after = list
        .open(&params.page_token)?
        .map(|key| PractitionerId::try_from(key.as_slice()).map_err(|_| page::invalid()))
        .transpose()?;
    let pair = Pair::new(own, params.partner)
        .ok_or_else(|| Error::malformed("partner", "must be another organisation"))?;
    let found = service
        .store()
        .read("list_adherence", async move |view| {
            view.adherence(&pair, after, size + 1).await
        })
        .await?;
    Ok(list.page(found, size, |last: &AdherenceRow| {
        last.publisher.practitioner.as_bytes().to_vec()
    }))
}
