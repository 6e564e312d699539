//! Partnerships of `relais.directory.v1.DirectoryService`: messages as parameters, and back.

use prost::Message as _;
use relais_mls::Chain;
use relais_proto::{directory as pb, from_proto_time, to_proto_time};
use relais_service::directory::{
    AdherenceRow, ListAdherenceParams, ListPartnershipsParams, Pair, Partnership,
    PublishAdherenceParams, SignPartnershipParams, SignedTerms, TermsSignature,
};
use relais_types::{Error, OrgDomain, Result};

use super::parse;

/// Most commitments of one partnership, and most counts of one statement.
const MOST: usize = 20;

pub(super) fn sign_params(message: pb::SignPartnershipRequest) -> Result<SignPartnershipParams> {
    let request_id = parse::request_id(&message.request_id)?;
    let signed = message
        .signed
        .ok_or_else(|| Error::malformed("signed", "is missing"))?;
    let terms = pb::PartnershipTerms::decode(signed.terms.clone())
        .map_err(|_| Error::malformed("signed.terms", "does not decode"))?;
    let [signature] = <[pb::TermsSignature; 1]>::try_from(signed.signatures).map_err(|_| {
        Error::malformed("signed.signatures", "must be the one of the calling device")
    })?;
    let pair = pair("signed.terms.organisations", &terms.organisations)?;
    if terms.organisations.first().map(String::as_str) != Some(&*pair.first().resource_name()) {
        return Err(Error::malformed(
            "signed.terms.organisations",
            "must begin with the lesser one",
        ));
    }
    if terms.commitments.len() > MOST {
        let problem = format!("must be at most {MOST}");
        return Err(Error::malformed("signed.terms.commitments", problem));
    }
    Ok(SignPartnershipParams {
        request_id,
        pair,
        revision: terms.revision,
        stage: u8::try_from(terms.stage)
            .map_err(|_| Error::malformed("signed.terms.stage", "is not a known value"))?,
        commits: !terms.commitments.is_empty(),
        terms: signed.terms,
        signed_at: from_proto_time(
            "signed.signatures[0].sign_time",
            &signature.sign_time.unwrap_or_default(),
        )?,
        signature: parse::array("signed.signatures[0].signature", &signature.signature)?,
        chain: chain(
            "signed.signatures[0].certificate_chain",
            signature.certificate_chain,
        )?,
    })
}

pub(super) fn partnerships_params(
    message: pb::ListPartnershipsRequest,
) -> Result<ListPartnershipsParams> {
    Ok(ListPartnershipsParams {
        organisation: parse::organisation(&message.organisation)?,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

pub(super) fn adherence_params(
    message: pb::PublishAdherenceRequest,
) -> Result<PublishAdherenceParams> {
    let request_id = parse::request_id(&message.request_id)?;
    let signed = message
        .signed
        .ok_or_else(|| Error::malformed("signed", "is missing"))?;
    let statement = pb::AdherenceStatement::decode(signed.statement.clone())
        .map_err(|_| Error::malformed("signed.statement", "does not decode"))?;
    let field = "signed.statement.organisations";
    let pair = pair(field, &statement.organisations)?;
    let organisation = domain(field, &statement.organisations[0])?;
    if statement.adherences.len() > MOST {
        let problem = format!("must be at most {MOST}");
        return Err(Error::malformed("signed.statement.adherences", problem));
    }
    Ok(PublishAdherenceParams {
        request_id,
        partner: pair.other(&organisation).clone(),
        organisation,
        due: statement.adherences.iter().map(|it| it.due).collect(),
        statement: signed.statement,
        signature: parse::array("signed.signature", &signed.signature)?,
        chain: chain("signed.certificate_chain", signed.certificate_chain)?,
    })
}

pub(super) fn told_params(message: pb::ListAdherenceRequest) -> Result<ListAdherenceParams> {
    Ok(ListAdherenceParams {
        partner: domain("partner", &message.partner)?,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

pub(super) fn partnership(partnership: Partnership) -> pb::Partnership {
    pb::Partnership {
        agreed: partnership.agreed.map(terms),
        lowered: partnership.lowered.map(terms),
        proposed: partnership.proposed.map(terms),
    }
}

pub(super) fn told(row: AdherenceRow) -> pb::SignedAdherence {
    pb::SignedAdherence {
        statement: row.statement,
        signature: row.signature,
        certificate_chain: row.chain.to_vec(),
    }
}

fn terms(terms: SignedTerms) -> pb::SignedTerms {
    let signature = |signature: TermsSignature| pb::TermsSignature {
        sign_time: Some(to_proto_time(signature.signed_at)),
        signature: signature.signature,
        certificate_chain: signature.chain.to_vec(),
    };
    pb::SignedTerms {
        terms: terms.terms,
        signatures: terms.signatures.into_iter().map(signature).collect(),
    }
}

/// Two organisations by their resource names.
fn pair(field: &str, names: &[String]) -> Result<Pair> {
    let [one, other] = names else {
        return Err(Error::malformed(field, "must be two organisations"));
    };
    Pair::new(domain(field, one)?, domain(field, other)?)
        .ok_or_else(|| Error::malformed(field, "must be two organisations"))
}

fn domain(field: &str, name: &str) -> Result<OrgDomain> {
    OrgDomain::from_resource_name(name)
        .map_err(|_| Error::malformed(field, "must look like organisations/{domain}"))
}

fn chain(field: &str, certificates: Vec<bytes::Bytes>) -> Result<Chain> {
    Chain::new(certificates)
        .map_err(|error| Error::malformed(field, format!("is not one: {error}")))
}
