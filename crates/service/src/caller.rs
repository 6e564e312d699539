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
    /// When the token that proved it ends, and with it everything that it opened.
    pub expires_at: Timestamp,
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
    /// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for anybody else.
    pub(crate) fn administers(&self, organisation: &OrgDomain) -> Result<()> {
        match self {
            Self::Operator => Ok(()),
            Self::Anonymous => Err(credential_missing()),
            Self::Device(principal)
                if principal.access_role == AccessRole::Administrator
                    && principal.device.organisation == *organisation =>
            {
                Ok(())
            }
            Self::Device(_) => Err(not_allowed(
                "only an administrator of the organisation or the operator may do this",
            )),
        }
    }

    /// Passes for the operator and for an administrator of any organisation.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for anybody else.
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

fn not_allowed(message: &'static str) -> Error {
    Error::new(Reason::NotAllowed, message)
}

#[cfg(test)]
mod tests {
    use relais_types::{DeviceId, PractitionerId};

    use super::*;

    fn member_of(domain: &str, access_role: AccessRole) -> Caller {
        Caller::Device(Principal {
            device: DeviceName {
                organisation: domain.parse().unwrap(),
                practitioner: PractitionerId::from_bytes([1; 16]),
                device: DeviceId::from_bytes([2; 16]),
            },
            access_role,
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
    }
}
