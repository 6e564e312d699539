//! X.509 chains of devices, and the roots that they are verified against.

use std::sync::LazyLock;

use bytes::Bytes;
use relais_mls::{Chain, TrustAnchors};

use super::{Seed, edits_of};
use crate::{edits::Input, parties::Parties};

static PARTIES: LazyLock<Parties> = LazyLock::new(Parties::new);

/// A chain that verifies is one that the authorities signed, to the byte.
pub fn run(input: &[u8]) {
    let mut input = Input(input);
    let (good, now) = PARTIES.chain();
    let [device, organisation] = good.certificates() else {
        unreachable!("a chain has two certificates");
    };
    let (device, organisation) = match input.byte() % 4 {
        0 => (input.message(device).into(), organisation.clone()),
        1 => (device.clone(), input.message(organisation).into()),
        2 => {
            let length = input.number();
            let first = Bytes::copy_from_slice(input.bytes(length));
            (first, Bytes::copy_from_slice(input.0))
        }
        _ => {
            // A root that somebody wants to be trusted.
            let root = input.message(organisation);
            if let Ok(anchors) = TrustAnchors::from_der(&[root]) {
                drop(anchors.verify(good, now));
            }
            return;
        }
    };
    let Ok(chain) = Chain::new(vec![device, organisation]) else {
        return;
    };
    if let Ok(identity) = PARTIES.anchors.verify(&chain, now) {
        assert_eq!(chain.certificates(), good.certificates(), "an altered chain verifies");
        assert_eq!(identity, *PARTIES.bo.mls.identity());
    }
    assert!(PARTIES.anchors.verify(&chain, PARTIES.much_later()).is_err());
}

/// Each certificate, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(4)
}
