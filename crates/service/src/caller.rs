//! Who calls.

use relais_store::AccessRole;
use relais_types::{DeviceName, Error, OrgDomain, Reason, Result, Timestamp};

/// Who calls, as the transport has proved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular.
    Anonymous,
    /// Whoever runs this server.
    Operator,
    /// An enrolled device.
    Device(Principal),
}

/// An enrolled, active device and what its owner may do to the organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The device.
    pub device: DeviceName,
    /// What its owner may do to the organisation.
    pub access_role: AccessRole,
    /// What proved it, for logs: the certificate's serial number, or the token's id, in
    /// hexadecimal.
    pub serial: String,
    /// How it was proved.
    pub assurance: Assurance,
    /// When what proved it ends, and with it everything that it opened.
    pub expires_at: Timestamp,
}

/// How a device was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assurance {
    /// By what.
    pub proved_by: ProvedBy,
    /// When the person proved that they are at the device, if that was a moment ago.
    pub step_up: Option<Timestamp>,
}

/// What proves a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvedBy {
    /// The transport certificate of the connection.
    Certificate,
    /// A token, and a proof of the device key for the very call.
    Token,
}

impl Principal {
    /// The refusal once what proved the device has ended.
    pub fn expired(&self) -> Error {
        match self.assurance.proved_by {
            ProvedBy::Certificate => certificate_invalid("has expired"),
            ProvedBy::Token => token_expired(),
        }
    }
}

impl Caller {
    /// The calling device.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for the operator, who has no device.
    pub fn device(&self) -> Result<&Principal> {
        match self {
            Self::Device(principal) => Ok(principal),
            Self::Anonymous => Err(credential_missing()),
            Self::Operator => Err(not_allowed("only an enrolled device may do this")),
        }
    }

    /// Passes for the operator.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for a device.
    pub(crate) fn operator(&self) -> Result<()> {
        match self {
            Self::Operator => Ok(()),
            Self::Anonymous => Err(credential_missing()),
            Self::Device(_) => Err(not_allowed("only the operator may do this")),
        }
    }

    /// Passes for the operator and for an administrator of `organisation`. Whether the
    /// organisation exists is not told to anybody else.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for anybody else; `STEP_UP_REQUIRED` for
    /// an administrator who has not proved to be at the device.
    pub(crate) fn administers(&self, organisation: &OrgDomain) -> Result<()> {
        match self {
            Self::Operator => Ok(()),
            Self::Anonymous => Err(credential_missing()),
            Self::Device(principal)
                if principal.access_role == AccessRole::Administrator
                    && principal.device.organisation == *organisation =>
            {
                principal
                    .assurance
                    .step_up
                    .map(drop)
                    .ok_or_else(step_up_required)
            }
            Self::Device(_) => Err(not_allowed(
                "only an administrator of the organisation or the operator may do this",
            )),
        }
    }

    /// Passes for the operator and for an administrator of any organisation.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for anybody else; `STEP_UP_REQUIRED` as
    /// above.
    pub(crate) fn officer(&self) -> Result<()> {
        match self {
            Self::Device(principal) => self.administers(&principal.device.organisation),
            Self::Operator | Self::Anonymous => self.operator(),
        }
    }

    /// Passes for any device and for the operator.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` for nobody.
    pub(crate) fn known(&self) -> Result<()> {
        match self {
            Self::Operator | Self::Device(_) => Ok(()),
            Self::Anonymous => Err(credential_missing()),
        }
    }

    /// How the audit trail names the caller.
    pub(crate) fn actor(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".into(),
            Self::Operator => "operator".into(),
            Self::Device(principal) => principal.device.to_string(),
        }
    }

    /// How the replay table names the caller; no two callers share a name.
    pub(crate) fn replay_name(&self) -> Vec<u8> {
        match self {
            Self::Anonymous => vec![0],
            Self::Operator => vec![1],
            Self::Device(principal) => {
                [&[2], principal.device.device.as_bytes().as_slice()].concat()
            }
        }
    }
}

pub(crate) fn credential_missing() -> Error {
    Error::new(
        Reason::CredentialMissing,
        "the call carries no valid token: call CreateToken and send it as a bearer token",
    )
}

/// The refusal of a token that has ended.
pub(crate) fn token_expired() -> Error {
    Error::new(
        Reason::TokenExpired,
        "the token has expired: call CreateToken again",
    )
}

/// The refusal of a connection's certificate; `problem` completes "the certificate …".
pub(crate) fn certificate_invalid(problem: &str) -> Error {
    Error::new(
        Reason::CertificateInvalid,
        format!(
            "the transport certificate of this connection {problem}: connect without it, call \
             with a token, and renew it"
        ),
    )
}

fn step_up_required() -> Error {
    Error::new(
        Reason::StepUpRequired,
        "this needs a proof of the last five minutes that you are at the device: give your \
         passphrase again",
    )
}

/// Told only to whoever holds a token or the key of the device.
pub(crate) fn device_revoked() -> Error {
    Error::new(
        Reason::DeviceRevoked,
        "this device was revoked: what it holds stays readable, but it gets nothing new; \
         ask your administrator for an invitation if you should have access",
    )
}

fn not_allowed(message: &'static str) -> Error {
    Error::new(Reason::NotAllowed, message)
}

#[cfg(test)]
mod tests {
    use relais_types::{DeviceId, PractitionerId};

    use super::*;

    fn member_of(domain: &str, access_role: AccessRole) -> Caller {
        stepped_up(domain, access_role, Some(Timestamp::from_micros(0)))
    }

    fn stepped_up(domain: &str, access_role: AccessRole, step_up: Option<Timestamp>) -> Caller {
        Caller::Device(Principal {
            device: DeviceName {
                organisation: domain.parse().unwrap(),
                practitioner: PractitionerId::from_bytes([1; 16]),
                device: DeviceId::from_bytes([2; 16]),
            },
            access_role,
            serial: String::new(),
            assurance: Assurance {
                proved_by: ProvedBy::Token,
                step_up,
            },
            expires_at: Timestamp::from_micros(0),
        })
    }

    #[test]
    fn only_the_own_organisation_is_administered() {
        let own: OrgDomain = "laurier.internal".parse().unwrap();
        let reason = |caller: &Caller| caller.administers(&own).map_err(|error| error.reason);
        let administrator = AccessRole::Administrator;
        assert_eq!(reason(&Caller::Operator), Ok(()));
        assert_eq!(
            reason(&member_of("laurier.internal", administrator)),
            Ok(())
        );
        for caller in [
            member_of("laurier.internal", AccessRole::Member),
            member_of("other.internal", administrator),
        ] {
            assert_eq!(reason(&caller), Err(Reason::NotAllowed));
        }
        assert_eq!(reason(&Caller::Anonymous), Err(Reason::CredentialMissing));
        // Who may not in any case is not asked for a passphrase.
        let away = stepped_up("laurier.internal", administrator, None);
        assert_eq!(reason(&away), Err(Reason::StepUpRequired));
        assert_eq!(
            away.officer().map_err(|error| error.reason),
            Err(Reason::StepUpRequired)
        );
        for caller in [
            stepped_up("laurier.internal", AccessRole::Member, None),
            stepped_up("other.internal", administrator, None),
        ] {
            assert_eq!(reason(&caller), Err(Reason::NotAllowed));
        }
    }
}
