//! What each message says about the group for everybody to read: which epoch its sender is in.
//!
//! Members whose group was forked no longer share keys, so they cannot warn each other inside the
//! encryption: a message of the other branch is noise. Therefore each message carries, as
//! authenticated data (RFC 9420 §6.3.1), the sender's signed statement of the epoch
//! authenticator (RFC 9420 §8.7) that they hold. Whoever cannot decrypt a message of their own
//! epoch looks at it: a valid statement of another authenticator, by somebody who is a member
//! here too, is a fork, proved by that member's own signature.
//!
//! The authenticator itself is hashed, so that the server learns from it only what it knows: the
//! group, the epoch and who sent the message.

use openmls::prelude::MlsGroup;
use relais_types::{DeviceName, GroupId};
use sha2::{Digest as _, Sha256};

use crate::{Identity, SigningKey, commit::roster, key::verify};

const LABEL: &str = "relais/epoch/v1";
const HASH: usize = 32;
const SIGNATURE: usize = 64;

/// The statement that `sender` is in this epoch: device id, hash of the authenticator, signature.
pub(crate) fn make(sender: &Identity, key: &SigningKey, id: GroupId, group: &MlsGroup) -> Vec<u8> {
    let authenticator = hash(group);
    let signature = key.sign(LABEL, &signed(id, group.epoch().as_u64(), &authenticator));
    [
        sender.device.device.as_bytes().as_slice(),
        &authenticator,
        &signature,
    ]
    .concat()
}

/// The member who states, in `claim` of a message of the group's own epoch, that this epoch is
/// another one than it is here.
pub(crate) fn contradicted_by(claim: &[u8], id: GroupId, group: &MlsGroup) -> Option<DeviceName> {
    let (device, rest) = claim.split_first_chunk::<16>()?;
    let (authenticator, signature) = rest.split_first_chunk::<HASH>()?;
    if signature.len() != SIGNATURE || *authenticator == hash(group) {
        return None;
    }
    let members = roster(group.public_group()).ok()?;
    let sender = members
        .into_values()
        .find(|member| member.device.device.as_bytes() == device)?;
    let message = signed(id, group.epoch().as_u64(), authenticator);
    verify(&sender.public_key, LABEL, &message, signature).ok()?;
    Some(sender.device)
}

fn signed(id: GroupId, epoch: u64, authenticator: &[u8; HASH]) -> Vec<u8> {
    [
        id.as_bytes().as_slice(),
        &epoch.to_be_bytes(),
        authenticator,
    ]
    .concat()
}

fn hash(group: &MlsGroup) -> [u8; HASH] {
    Sha256::digest(group.epoch_authenticator().as_slice()).into()
}

#[cfg(test)]
mod tests {
    use crate::{
        Error,
        fixture::{Federation, group_of},
    };

    #[test]
    fn a_member_of_the_other_branch_is_named_by_their_own_signature() {
        let federation = Federation::new();
        let mut members = group_of(&federation, 3);
        let mut other = members.pop().unwrap();
        let mut one = members.pop().unwrap();
        // The server told both that their commit had won the epoch.
        for device in [&mut one, &mut other] {
            device.stage(vec![], vec![]);
            device.merge();
        }
        assert_eq!(one.epoch(), other.epoch());
        let message = one.encrypt("hello");
        let named = one.mls.identity().device.clone();
        assert_eq!(
            other.process(&message),
            Err(Error::Forked(Box::new(named.clone())))
        );
        // Without a valid signature it is noise like any other.
        let at = (0..message.len() - 64)
            .find(|at| message[*at..].starts_with(named.device.as_bytes()))
            .unwrap();
        let mut forged = message.to_vec();
        forged[at + 16 + 32] ^= 1;
        assert!(matches!(other.process(&forged), Err(Error::Invalid(_))));
    }

    #[test]
    fn garbage_of_a_member_who_is_in_the_same_epoch_is_no_fork() {
        let federation = Federation::new();
        let mut members = group_of(&federation, 2);
        let mut reader = members.pop().unwrap();
        let mut spoilt = members[0].encrypt("hello").to_vec();
        let last = spoilt.len() - 1;
        spoilt[last] ^= 1;
        assert!(matches!(reader.process(&spoilt), Err(Error::Invalid(_))));
    }
}
