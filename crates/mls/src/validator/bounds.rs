//! Tests of what a group may cost those who keep it.

use openmls::prelude::{Capabilities, CredentialType, ExtensionType, KeyPackage, MlsMessageOut};
use relais_types::PractitionerId;

use super::*;
use crate::{
    Mls,
    device::to_bytes,
    fixture::{Device, Federation, GROUP, domain, group_of},
    policy::{MAX_LEAF_BYTES, MAX_TREE_BYTES},
    storage::Provider,
};

/// A key package of a device with this number whose leaf claims so many extension types, each
/// of two bytes.
fn swollen(federation: &Federation, number: u16, claims: u16) -> KeyPackage {
    let mut id = [0x55; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    let name = DeviceName {
        organisation: domain("laurier.internal"),
        practitioner: PractitionerId::from_bytes(id),
        device: DeviceId::from_bytes(id),
    };
    let seed: [u8; 32] = [id, id].concat().try_into().unwrap();
    let key = crate::SigningKey::from_seed(&seed);
    let chain = federation
        .organisation
        .issue(&name, &key.public(), federation.now)
        .unwrap();
    let mls = Mls::new(key, chain, federation.anchors(), federation.now).unwrap();
    let extensions: Vec<_> = (0x4000..0x4000 + claims)
        .map(ExtensionType::Unknown)
        .collect();
    let capabilities = Capabilities::new(
        None,
        Some(&[SUITE]),
        Some(&extensions),
        None,
        Some(&[CredentialType::X509]),
    );
    let mut state = State::default();
    let provider = Provider::writing(&mls.crypto, &mut state);
    let lifetime = policy::lifetime(federation.now, mls.identity().not_after);
    KeyPackage::builder()
        .key_package_lifetime(lifetime)
        .leaf_node_capabilities(capabilities)
        .build(SUITE, &provider, &mls.key, mls.credential())
        .unwrap()
        .into_key_package()
}

fn adding(founder: &mut Device, packages: Vec<KeyPackage>) -> crate::StagedCommit {
    founder.forge(true, |builder, _| builder.propose_adds(packages))
}

fn opened(federation: &Federation, founder: &mut Device) -> Vec<u8> {
    let genesis = founder.create();
    let anchors = federation.anchors();
    open_group(
        &genesis.group_info,
        &genesis.ratchet_tree,
        &anchors,
        federation.now,
    )
    .unwrap()
    .public_state
}

/// Nodes as a ratchet tree.
fn tree(nodes: &[u8]) -> Vec<u8> {
    tls_codec::VLBytes::new(nodes.to_vec())
        .tls_serialize_detached()
        .unwrap()
}

#[test]
fn a_new_group_is_its_founders_leaf_and_no_blank_node() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    let genesis = founder.create();
    let anchors = federation.anchors();
    // Behind the two bytes of the length.
    let leaf = &genesis.ratchet_tree[2..];
    assert_eq!(tree(leaf), genesis.ratchet_tree);
    // 131,072 further leaves at two bytes each: what this is about.
    let blank = vec![0; 262_144];
    for nodes in [
        [&[0; 2][..], leaf].concat(),
        [leaf, &[0; 2]].concat(),
        [leaf, &[0], leaf].concat(),
        [&blank, leaf].concat(),
        [leaf, &blank].concat(),
        blank,
        vec![],
    ] {
        let refused = open_group(&genesis.group_info, &tree(&nodes), &anchors, federation.now);
        assert_eq!(
            refused,
            Err(Error::Invalid(
                "a new group's tree is its founder's leaf alone".to_owned()
            ))
        );
    }
}

#[test]
fn a_leaf_too_large_enters_nowhere() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (now, anchors) = (federation.now, federation.anchors());
    let package = swollen(&federation, 7, 4_000);
    let bytes = to_bytes(&MlsMessageOut::from(package.clone())).unwrap();
    let refused = Error::Invalid(format!(
        "a device's leaf has more than {MAX_LEAF_BYTES} bytes: it cannot be in a group"
    ));

    let leaf = package.leaf_node();
    let owner = anchors.verify_leaf(leaf.credential(), leaf.signature_key(), now);
    let owner = owner.unwrap().device;
    assert_eq!(
        validate_key_package(&bytes, &owner, &anchors, now),
        Err(refused.clone())
    );
    let change = crate::Change {
        add: vec![bytes],
        remove: vec![],
    };
    let member = &mut members[0];
    let staged = member
        .mls
        .stage_commit(&mut member.state, GROUP, &change, now);
    assert_eq!(staged, Err(refused.clone()));

    let forged = adding(member, vec![package.clone()]);
    assert_eq!(members[1].process(&forged.commit), Err(refused.clone()));

    let mut founder = federation.device(1);
    let public_state = opened(&federation, &mut founder);
    let forged = adding(&mut founder, vec![package]);
    let judged = validate_commit(
        &public_state,
        &forged.commit,
        forged.welcome.as_deref(),
        &forged.group_info,
        founder.id(),
        &anchors,
        now,
    );
    assert_eq!(judged, Err(refused));
}

#[test]
fn a_tree_cannot_grow_beyond_what_is_served() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    let public_state = opened(&federation, &mut founder);
    let packages: Vec<_> = (0..300)
        .map(|number| swollen(&federation, number, 3_300))
        .collect();
    let judge = |founder: &mut Device, packages: &[KeyPackage]| {
        let forged = adding(founder, packages.to_vec());
        validate_commit(
            &public_state,
            &forged.commit,
            forged.welcome.as_deref(),
            &forged.group_info,
            founder.id(),
            &federation.anchors(),
            federation.now,
        )
    };
    let most = judge(&mut founder, &packages[..200]).unwrap();
    assert!(most.ratchet_tree.len() < MAX_TREE_BYTES);
    let refused = judge(&mut founder, &packages);
    assert!(
        matches!(&refused, Err(Error::Invalid(text)) if text.contains("remove devices first")),
        "{:?}",
        refused.map(|it| it.ratchet_tree.len())
    );
}
