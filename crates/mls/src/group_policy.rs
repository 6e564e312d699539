//! What a group has decided about itself: who may join, who may change the
//! team, and which key may propose removals from outside.
//!
//! It stands in the GroupContext, so all members and the server hold the same one (a
//! different one is a different epoch secret). A lead may replace it by a commit; the key that
//! proposes removals stays what it was at the founding. The server and every member enforce it
//! with the same function.

use std::collections::BTreeSet;

use openmls::prelude::{
    BasicCredential, CredentialType, Extension, ExtensionType, Extensions, ExternalSender,
    GroupContext, LeafNode, RequiredCapabilitiesExtension, SignaturePublicKey, UnknownExtension,
};
use relais_types::{OrgDomain, PractitionerName};
use tls_codec::{Deserialize as _, Serialize as _, VLBytes};

use crate::{Error, Identity, Result, policy::SUITE, wire::invalid};

/// The extension's type, from the range for private use (RFC 9420 §17.3).
const TYPE: u16 = 0xF0A1;
/// The layout of the extension's data.
const VERSION: u8 = 1;
/// Most organisations, and most leads, that a policy may name.
const MOST_NAMES: usize = 64;
/// What the external sender is called (RFC 9420 §12.1.8.1). Only its key counts.
const REMOVER: &[u8] = b"relais/remover";

/// What a group has decided about itself; see the module's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPolicy {
    /// The Ed25519 key with which the server proposes to remove revoked devices. It can
    /// propose nothing else.
    pub remover: [u8; 32],
    /// Whose people may join; empty means everybody of the federation.
    pub organisations: BTreeSet<OrgDomain>,
    /// Who may add and remove others and change this policy; empty means every member. Anybody
    /// may add and remove further devices of their own.
    pub leads: BTreeSet<PractitionerName>,
}

impl GroupPolicy {
    /// Everybody of the federation may join, and every member may add and remove.
    pub fn open(remover: [u8; 32]) -> Self {
        Self {
            remover,
            organisations: BTreeSet::new(),
            leads: BTreeSet::new(),
        }
    }

    /// Whether people of this organisation may join.
    pub fn admits(&self, organisation: &OrgDomain) -> bool {
        self.organisations.is_empty() || self.organisations.contains(organisation)
    }

    /// The extensions of a new group's context.
    pub(crate) fn extensions(&self) -> Result<Extensions<GroupContext>> {
        if self.organisations.len() > MOST_NAMES || self.leads.len() > MOST_NAMES {
            return Err(Error::Invalid(
                "a group policy names at most 64 organisations and 64 leads".to_owned(),
            ));
        }
        let organisations: Vec<_> = self.organisations.iter().map(name).collect();
        let leads: Vec<_> = self.leads.iter().map(name).collect();
        let data = (VERSION, organisations, leads)
            .tls_serialize_detached()
            .map_err(invalid)?;
        Extensions::from_vec(vec![
            Extension::RequiredCapabilities(required()),
            Extension::ExternalSenders(vec![sender(&self.remover)]),
            Extension::Unknown(TYPE, UnknownExtension(data)),
        ])
        .map_err(invalid)
    }

    /// The policy of a group. Its context must be of our suite and hold exactly what
    /// [`GroupPolicy::extensions`] makes.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    pub(crate) fn of(context: &GroupContext) -> Result<Self> {
        if context.ciphersuite() != SUITE {
            return Err(Error::Invalid(
                "the group is of another cipher suite".to_owned(),
            ));
        }
        Self::of_extensions(context.extensions())
    }

    /// The policy that the extensions of a context make.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless they are exactly what [`GroupPolicy::extensions`] makes.
    pub(crate) fn of_extensions(extensions: &Extensions<GroupContext>) -> Result<Self> {
        let wrong = |what: &str| Error::Invalid(format!("the group has no valid policy: {what}"));
        let data = extensions
            .unknown(TYPE)
            .ok_or_else(|| wrong("the extension is missing"))?;
        let (version, organisations, leads) =
            <(u8, Vec<VLBytes>, Vec<VLBytes>)>::tls_deserialize_exact(&data.0)
                .map_err(|_| wrong("the extension cannot be read"))?;
        if version != VERSION {
            return Err(wrong("it is of another version"));
        }
        let [sender] = extensions.external_senders().map_or(&[][..], Vec::as_slice) else {
            return Err(wrong("it needs exactly one external sender"));
        };
        let policy = Self {
            remover: key(sender)?,
            organisations: names(&organisations)?,
            leads: names(&leads)?,
        };
        // One encoding for one policy; also no extension more than these.
        if policy.extensions()? == *extensions {
            Ok(policy)
        } else {
            Err(wrong("the extensions are not those of a policy"))
        }
    }

    /// Whether a device may be in the group at all.
    ///
    /// # Errors
    /// [`Error::Policy`].
    pub(crate) fn admit(&self, member: &Identity) -> Result<()> {
        let organisation = &member.device.organisation;
        if self.admits(organisation) {
            Ok(())
        } else {
            Err(Error::Policy(format!(
                "people of {organisation} may not join this group"
            )))
        }
    }

    /// Whether `by` may replace this policy by `next`, in a group of `members`.
    ///
    /// A lead may. If none of the leads is in the group any more, every member may, but only
    /// to name leads: otherwise a team whose leads were all removed could never change again,
    /// and nobody gains anything while one of them is there.
    ///
    /// # Errors
    /// [`Error::Policy`].
    pub(crate) fn allow_successor<'a>(
        &self,
        next: &Self,
        by: &Identity,
        members: impl IntoIterator<Item = &'a Identity>,
    ) -> Result<()> {
        let refused = |why: &str| Err(Error::Policy(why.to_owned()));
        if next.remover != self.remover {
            return refused("the key with which the service proposes removals cannot be changed");
        }
        let members: Vec<_> = members.into_iter().collect();
        let led = |policy: &Self| {
            let mut people = members.iter().map(|it| it.device.practitioner_name());
            people.any(|person| policy.leads.contains(&person))
        };
        let is_lead = self.leads.is_empty() || self.leads.contains(&by.device.practitioner_name());
        if !is_lead && led(self) {
            return refused("only a lead of this group may change its policy: ask one of them");
        }
        if !is_lead && next.organisations != self.organisations {
            return refused(
                "no lead is left in this group: name one first, with the organisations as they are",
            );
        }
        let open_again = is_lead && next.leads.is_empty();
        if !open_again && !led(next) {
            return refused("a policy must name at least one lead who is in the group");
        }
        members.iter().try_for_each(|member| next.admit(member))
    }

    /// Whether `by` may add or remove `whom`.
    ///
    /// # Errors
    /// [`Error::Policy`].
    pub(crate) fn allow_change(&self, by: &Identity, whom: &Identity) -> Result<()> {
        let person = by.device.practitioner_name();
        let free = self.leads.is_empty() || self.leads.contains(&person);
        if free || person == whom.device.practitioner_name() {
            Ok(())
        } else {
            Err(Error::Policy(
                "only a lead of this group may add or remove others".to_owned(),
            ))
        }
    }
}

/// What leaves must list among their capabilities.
pub(crate) fn extension_type() -> ExtensionType {
    ExtensionType::Unknown(TYPE)
}

/// Refuses leaves that could not be in a group with a policy.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn check_support(leaf: &LeafNode) -> Result<()> {
    if leaf.capabilities().extensions().contains(&extension_type()) {
        Ok(())
    } else {
        Err(Error::Invalid(
            "the key package does not support group policies: publish new ones".to_owned(),
        ))
    }
}

fn required() -> RequiredCapabilitiesExtension {
    RequiredCapabilitiesExtension::new(&[extension_type()], &[], &[CredentialType::X509])
}

fn sender(remover: &[u8; 32]) -> ExternalSender {
    let key = SignaturePublicKey::from(remover.to_vec());
    ExternalSender::new(key, BasicCredential::new(REMOVER.to_vec()).into())
}

/// The key of an external sender, which begins its encoding.
fn key(sender: &ExternalSender) -> Result<[u8; 32]> {
    let encoded = sender.tls_serialize_detached().map_err(invalid)?;
    let key = VLBytes::tls_deserialize(&mut encoded.as_slice()).map_err(invalid)?;
    key.as_slice()
        .try_into()
        .map_err(|_| Error::Invalid("the external sender's key must have 32 bytes".to_owned()))
}

fn name(name: &impl ToString) -> VLBytes {
    VLBytes::new(name.to_string().into_bytes())
}

fn names<N: Ord + std::str::FromStr>(encoded: &[VLBytes]) -> Result<BTreeSet<N>> {
    let read = |bytes: &VLBytes| std::str::from_utf8(bytes.as_slice()).ok()?.parse().ok();
    encoded
        .iter()
        .map(|bytes| {
            read(bytes)
                .ok_or_else(|| Error::Invalid("a group policy holds a malformed name".to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests;
