//! What an authority signs, and what it refuses whoever asks.

use std::time::Duration;

use relais_mls::verify;
use relais_proto::identity::{self as pb, CertificateKind, signing_request::Proof};
use relais_types::{DeviceName, OrgDomain, Timestamp};

use super::{Expected, Signed};

/// Label of what a new device signs.
const ENROL: &str = "relais/enrol/v1";
/// Label of what an enrolled device signs to renew its messaging certificate.
const RENEW_CREDENTIAL: &str = "relais/renew-credential/v1";
/// Label of what an enrolled device signs to renew its transport certificate.
const RENEW_TRANSPORT: &str = "relais/renew-transport/v1";
/// Renewals of one certificate within a day; a device needs one in five days.
const RENEWALS_A_DAY: usize = 10;
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// What an agent certifies besides the devices of announced invitations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Ask a person about a device that nobody has announced.
    pub ask: bool,
    /// Certify devices that nobody has announced.
    pub allow_enrolment: bool,
    /// At most so many of those in an hour.
    pub per_hour: u32,
}

/// A device that nobody has announced: somebody has to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enquiry {
    /// The device.
    pub device: DeviceName,
    /// The name under which this authority has certified a device of the person before; `None`
    /// for somebody new.
    pub known_as: Option<String>,
    /// The person's name, as the server says it.
    pub display_name: String,
    /// The person's profession, as the server says it.
    pub profession: String,
    /// The device's label, as the server says it.
    pub device_label: String,
}

/// A request that holds what it must.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) kind: CertificateKind,
    pub(super) device: DeviceName,
    pub(super) public_key: [u8; 32],
    pub(super) enrolment: Option<Enrolment>,
}

/// A new device, both of whose keys have signed.
#[derive(Clone, Debug)]
pub(super) struct Enrolment {
    pub(super) invitation: [u8; 32],
    /// Both keys in hexadecimal, as the log has them.
    pub(super) keys: String,
    pub(super) enquiry: Enquiry,
}

/// What to do with a request that is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Sign; the log says why.
    Sign(&'static str),
    /// Ask a person first.
    Ask,
    /// Say no, in these words.
    Refuse(&'static str),
}

/// Reads a request and checks all that can be checked without knowing anything else: that the
/// device is this organisation's, and that the keys have signed.
///
/// # Errors
/// Why it is refused, in words for the person who enrols.
pub(super) fn read(
    request: &pb::SigningRequest,
    organisation: &OrgDomain,
) -> Result<Checked, &'static str> {
    const MALFORMED: &str = "the server's request is malformed";
    let kind = request.kind();
    if kind == CertificateKind::Unspecified {
        return Err(MALFORMED);
    }
    let device: DeviceName = request.device.parse().map_err(|_| MALFORMED)?;
    let public_key = key(&request.public_key).ok_or(MALFORMED)?;
    if device.organisation != *organisation {
        return Err("the server asked for a name outside this organisation");
    }
    let enrolment = match request.proof.as_ref().ok_or("the request holds no proof")? {
        Proof::Enrolment(proof) => Some(enrolment(proof, kind, &device, &public_key)?),
        Proof::Renewal(proof) => {
            let signed = proof.label == renewal_label(kind)
                && proof.message.starts_with(device.device.as_bytes())
                && verify(&public_key, &proof.label, &proof.message, &proof.signature).is_ok();
            if !signed {
                return Err("the device has not signed the renewal");
            }
            None
        }
    };
    Ok(Checked {
        kind,
        device,
        public_key,
        enrolment,
    })
}

fn enrolment(
    proof: &pb::EnrolmentProof,
    kind: CertificateKind,
    device: &DeviceName,
    public_key: &[u8; 32],
) -> Result<Enrolment, &'static str> {
    const UNPROVED: &str = "the device has not proved possession of its keys";
    let invitation = key(&proof.code_digest).ok_or(UNPROVED)?;
    let signature_key = key(&proof.signature_key).ok_or(UNPROVED)?;
    let device_key = key(&proof.device_key).ok_or(UNPROVED)?;
    let certified = match kind {
        CertificateKind::Credential => &signature_key,
        _ => &device_key,
    };
    if signature_key == device_key || certified != public_key {
        return Err("the key to certify is not the device's");
    }
    let message = [invitation, signature_key, device_key].concat();
    verify(&signature_key, ENROL, &message, &proof.signature_key_proof).map_err(|_| UNPROVED)?;
    verify(&device_key, ENROL, &message, &proof.device_key_proof).map_err(|_| UNPROVED)?;
    Ok(Enrolment {
        invitation,
        keys: hex::encode([signature_key, device_key].concat()),
        enquiry: Enquiry {
            device: device.clone(),
            known_as: None,
            display_name: proof.display_name.clone(),
            profession: proof.profession.clone(),
            device_label: proof.device_label.clone(),
        },
    })
}

fn key(bytes: &[u8]) -> Option<[u8; 32]> {
    bytes.try_into().ok()
}

fn renewal_label(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Transport => RENEW_TRANSPORT,
        _ => RENEW_CREDENTIAL,
    }
}

/// The name of a kind in the log.
pub(super) fn name(kind: CertificateKind) -> &'static str {
    match kind {
        CertificateKind::Transport => "transport",
        _ => "credential",
    }
}

/// What to do, from what was signed before, for whom the invitation was announced if it was, and
/// the rules.
///
/// What a device signs names the invitation and its keys, not its name: that the same keys come
/// under another name is for the log to notice.
pub(super) fn judge(
    checked: &Checked,
    signed: &[Signed],
    expected: Option<Expected>,
    rules: Rules,
    now: Timestamp,
) -> Verdict {
    let (kind, device) = (name(checked.kind), checked.device.to_string());
    let public_key = hex::encode(checked.public_key);
    let mut earlier = signed
        .iter()
        .filter(|line| line.device == device && line.kind == kind);
    if earlier.clone().any(|line| line.public_key != public_key) {
        return Verdict::Refuse("this device was certified with another key");
    }
    let renamed = |line: &&Signed| line.public_key == public_key && line.device != device;
    if signed.iter().any(|line| renamed(&line)) {
        return Verdict::Refuse("this key was certified under another name");
    }
    let Some(enrolment) = &checked.enrolment else {
        let today = earlier.clone().filter(|line| now.since(line.at()) < DAY);
        return if earlier.next().is_none() {
            // Enrolled before the organisation held its own authority.
            unannounced(signed, rules, now)
        } else if today.count() >= RENEWALS_A_DAY {
            Verdict::Refuse("this device has renewed its certificate too often today")
        } else {
            Verdict::Sign("renewal")
        };
    };
    let invitation = hex::encode(enrolment.invitation);
    let mut of_invitation = signed.iter().filter(|line| line.invitation == invitation);
    match of_invitation.next() {
        // The same device again: its other certificate, or an answer that was lost.
        Some(first) if first.keys == enrolment.keys && first.device == device => {
            Verdict::Sign("again")
        }
        Some(_) => Verdict::Refuse("the invitation was used for another device"),
        None => match expected {
            None => unannounced(signed, rules, now),
            Some(Expected::DeviceOf(person)) if person == checked.device.practitioner => {
                Verdict::Sign("expected")
            }
            Some(Expected::DeviceOf(_)) => {
                Verdict::Refuse("the invitation was announced for a device of somebody else")
            }
            Some(Expected::NewPerson) if known_as(signed, &checked.device).is_none() => {
                Verdict::Sign("expected")
            }
            Some(Expected::NewPerson) => Verdict::Refuse(
                "the invitation was announced for somebody new: announce it with --device-of",
            ),
        },
    }
}

/// What the log last called the person whose device this is.
pub(super) fn known_as(signed: &[Signed], device: &DeviceName) -> Option<String> {
    let person = device.practitioner_name();
    let theirs = |line: &&Signed| {
        let device: Option<DeviceName> = line.device.parse().ok();
        device.is_some_and(|device| device.practitioner_name() == person)
    };
    let mut named = signed.iter().rev().filter(theirs);
    // Lines of renewals hold no name.
    let last = named.clone().find(|line| !line.display_name.is_empty());
    last.or_else(|| named.next())
        .map(|line| line.display_name.clone())
}

fn unannounced(signed: &[Signed], rules: Rules, now: Timestamp) -> Verdict {
    if rules.ask {
        return Verdict::Ask;
    }
    if !rules.allow_enrolment {
        return Verdict::Refuse("nobody has announced this invitation to the signing agent");
    }
    let recent = signed
        .iter()
        .filter(|line| line.because == "allowed" && now.since(line.at()) < HOUR);
    if recent.count() >= usize::try_from(rules.per_hour).unwrap_or(usize::MAX) {
        return Verdict::Refuse("too many devices were certified within the hour");
    }
    Verdict::Sign("allowed")
}

#[cfg(test)]
mod tests;
