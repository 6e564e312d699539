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
    let (messaging, now) = PARTIES.chain();
    let kind = input.byte();
    let is_transport = kind & 4 != 0;
    let good = if is_transport {
        &PARTIES.transport
    } else {
        messaging
    };
    let [device, organisation] = good.certificates() else {
        unreachable!("a chain has two certificates");
    };
    let (device, organisation) = match kind % 4 {
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
    // A certificate is good for one of the two uses and never for the other.
    let verify = |at| {
        let anchors = &PARTIES.anchors;
        let (own, other) = (
            anchors.verify(&chain, at),
            anchors.verify_transport(&chain, at),
        );
        if is_transport {
            (other, own)
        } else {
            (own, other)
        }
    };
    let (own, other) = verify(now);
    if let Ok(identity) = own {
        assert_eq!(
            chain.certificates(),
            good.certificates(),
            "an altered chain verifies"
        );
        assert_eq!(identity.device, PARTIES.bo.mls.identity().device);
    }
    assert!(other.is_err(), "it is good for both uses");
    let (own, other) = verify(PARTIES.much_later());
    assert!(own.is_err() && other.is_err(), "it does not expire");
}

/// Each certificate, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(8)
}
