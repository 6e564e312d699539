//! The GroupInfo that comes with a commit (RFC 9420 §12.4.3).

use openmls::{
    group::PublicGroup,
    messages::group_info::{GroupInfo, VerifiableGroupInfo},
    prelude::{ConfirmationTag, Extensions, GroupContext, LeafNodeIndex, Verifiable as _},
};
use openmls_rust_crypto::RustCrypto;
use tls_codec::Deserialize as _;

use crate::{Error, Result, policy::SUITE, wire::invalid};

/// The GroupInfo must be signed by the committer over the state that the commit led to.
pub(super) fn check_group_info(
    group_info: &VerifiableGroupInfo,
    group: &PublicGroup,
    committer: LeafNodeIndex,
    crypto: &RustCrypto,
) -> Result<()> {
    let shown = Shown::read(group_info)?;
    let agrees = shown.context == *group.group_context()
        && shown.confirmation_tag == *group.confirmation_tag()
        && shown.signer == committer;
    if !agrees {
        return Err(Error::Invalid(
            "the GroupInfo does not describe the state after the commit".to_owned(),
        ));
    }
    shown.allow()?;
    let key = group
        .leaf(committer)
        .ok_or_else(|| Error::Invalid("the committer has no leaf".to_owned()))?
        .signature_key()
        .clone()
        .into_signature_public_key_enriched(SUITE.signature_algorithm());
    group_info
        .verify_no_out(crypto, &key)
        .map_err(|_| Error::Invalid("the GroupInfo's signature does not verify".to_owned()))
}

/// The parts of a GroupInfo (RFC 9420 §12.4.3), of which OpenMLS shows only some.
pub(crate) struct Shown {
    context: GroupContext,
    extensions: Extensions<GroupInfo>,
    confirmation_tag: ConfirmationTag,
    signer: LeafNodeIndex,
}

impl Shown {
    pub(crate) fn read(group_info: &VerifiableGroupInfo) -> Result<Self> {
        let signed = group_info.unsigned_payload().map_err(invalid)?;
        let mut rest = signed.as_slice();
        Ok(Self {
            context: GroupContext::tls_deserialize(&mut rest).map_err(invalid)?,
            extensions: Extensions::tls_deserialize(&mut rest).map_err(invalid)?,
            confirmation_tag: ConfirmationTag::tls_deserialize(&mut rest).map_err(invalid)?,
            signer: LeafNodeIndex::tls_deserialize(&mut rest).map_err(invalid)?,
        })
    }

    /// The epoch that it describes.
    pub(crate) fn epoch(&self) -> u64 {
        self.context.epoch().as_u64()
    }

    /// True if it describes exactly this state.
    pub(crate) fn describes(&self, group: &PublicGroup) -> bool {
        self.context == *group.group_context() && self.confirmation_tag == *group.confirmation_tag()
    }

    /// `external_pub` and nothing else: the tree is kept once per epoch, not in every GroupInfo.
    pub(crate) fn allow(&self) -> Result<()> {
        let only_external_pub =
            self.extensions.external_pub().is_some() && self.extensions.iter().count() == 1;
        if only_external_pub {
            Ok(())
        } else {
            Err(Error::Invalid(
                "the GroupInfo must have the external_pub extension and no other".to_owned(),
            ))
        }
    }
}
