use relais_store::{AccessRole, DeviceStatus};
use relais_transparency::{
    Happening, WitnessSigner,
    merkle::{empty_root, verify_consistency, verify_inclusion},
    tile::Tile,
};
use relais_types::{Reason, SeededEntropy};

use super::*;
use crate::{Caller, fixture::Backbone, identity::RevokeDeviceParams, identity::revoke_device};

async fn leaves(backbone: &Backbone) -> Vec<Event> {
    let params = GetEntriesParams {
        start: 0,
        page_size: 0,
    };
    let page = get_entries(&backbone.service, &Caller::Operator, params);
    let page = page.await.unwrap();
    page.iter()
        .map(|leaf| Event::decode(leaf).unwrap())
        .collect()
}

#[tokio::test]
async fn what_is_certified_and_revoked_is_in_the_log_and_proved() {
    let backbone = Backbone::new().await;
    let empty = get_checkpoint(&backbone.service, &Caller::Operator, 0);
    assert_eq!(
        empty.await.unwrap().checkpoint.checkpoint.root,
        empty_root()
    );
    let ana = backbone.device("laurier.internal", "Ana").await;
    let first = get_checkpoint(&backbone.service, &ana.caller, 0)
        .await
        .unwrap();
    let bo = backbone.device("parc.internal", "Bo").await;
    let params = RevokeDeviceParams {
        request_id: backbone.request_id(),
        device: bo.name.clone(),
    };
    revoke_device(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap();

    let log = leaves(&backbone).await;
    assert_eq!(log.len(), 5, "{log:?}");
    assert!(
        matches!(&log[0].what, Happening::OrganisationCertified { organisation, .. }
        if organisation.as_str() == "laurier.internal")
    );
    assert!(
        matches!(&log[1].what, Happening::DeviceCertified { device, .. } if *device == ana.name)
    );
    assert!(matches!(&log[4].what, Happening::DeviceRevoked { device } if *device == bo.name));

    let fingerprint = *log[3].fingerprint().unwrap();
    assert_eq!(fingerprint, bo.fingerprint());
    let from_size = first.checkpoint.checkpoint.size;
    let params = InclusionParams {
        fingerprints: vec![fingerprint, [9; 32]],
        from_size,
    };
    let proved = get_inclusion_proofs(&backbone.service, &ana.caller, params);
    let proved = proved.await.unwrap();
    let newest = &proved.log.checkpoint.checkpoint;
    let [proof] = proved.proofs.as_slice() else {
        panic!("one certificate is in the log: {proved:?}");
    };
    let leaf = leaf_hash(&proof.leaf);
    verify_inclusion(&leaf, proof.index, newest.size, &proof.hashes, &newest.root).unwrap();
    let consistency = &proved.log.consistency;
    let before = &first.checkpoint.checkpoint.root;
    verify_consistency(from_size, newest.size, before, &newest.root, consistency).unwrap();
    let params = ConsistencyParams {
        from_size,
        to_size: newest.size,
    };
    let asked = get_consistency_proof(&backbone.service, &ana.caller, params);
    assert_eq!(&asked.await.unwrap(), consistency);
}

#[tokio::test]
async fn a_use_case_that_fails_leaves_no_leaf() {
    let backbone = Backbone::new().await;
    let ana = backbone.device("laurier.internal", "Ana").await;
    let before = leaves(&backbone).await;
    let params = RevokeDeviceParams {
        request_id: backbone.request_id(),
        device: ana.name.clone(),
    };
    let again = params.clone();
    revoke_device(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap();
    // Replayed, and revoked again: neither is another event.
    revoke_device(&backbone.service, &Caller::Operator, again)
        .await
        .unwrap();
    let params = RevokeDeviceParams {
        request_id: backbone.request_id(),
        device: ana.name.clone(),
    };
    revoke_device(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap();
    let device = ana.name.device;
    let status = backbone
        .service
        .store()
        .read("device", async move |view| view.device(device).await)
        .await;
    let status: Option<relais_store::Device> = status.unwrap();
    assert_eq!(status.unwrap().status, DeviceStatus::Revoked);
    assert_eq!(leaves(&backbone).await.len(), before.len() + 1);
}

#[tokio::test]
async fn the_audit_trail_is_tied_to_the_log() {
    let backbone = Backbone::new().await;
    backbone.organisation("laurier.internal").await;
    backbone.service.log_audit_head().await.unwrap();
    backbone.service.log_audit_head().await.unwrap();
    let log = leaves(&backbone).await;
    assert_eq!(log.len(), 2, "an unchanged trail is logged once");
    let head = backbone.service.store();
    let head = head
        .read("head", async |view| view.audit_head().await)
        .await;
    let head: Option<(u64, [u8; 32])> = head.unwrap();
    let (number, hash) = head.unwrap();
    assert_eq!(log[1].what, Happening::AuditHead { number, hash });
    // Without anybody asking, after many events.
    for n in 0..=AUDIT_EVENTS {
        let name = format!("Person {n}");
        backbone
            .invite("laurier.internal", &name, AccessRole::Member)
            .await;
    }
    backbone.organisation("parc.internal").await;
    let log = leaves(&backbone).await;
    assert!(
        matches!(log.last().unwrap().what, Happening::AuditHead { number, .. } if number > AUDIT_EVENTS)
    );
}

#[tokio::test]
async fn a_tile_is_the_hashes_of_the_leaves() {
    let backbone = Backbone::new().await;
    backbone.device("laurier.internal", "Ana").await;
    let tile = get_tile(&backbone.service, &Caller::Operator, "tile/0/000.p/2").await;
    let expected: Vec<_> = leaves(&backbone)
        .await
        .iter()
        .map(|event| leaf_hash(&event.encode()))
        .collect();
    assert_eq!(tile.unwrap(), Tile::bytes(&expected));
    let more = get_tile(&backbone.service, &Caller::Operator, "tile/0/000.p/3").await;
    assert_eq!(more.unwrap_err().reason, Reason::NotFound);
    let bad = get_tile(&backbone.service, &Caller::Operator, "../server.key").await;
    assert_eq!(bad.unwrap_err().reason, Reason::MalformedField);
}

#[tokio::test]
async fn a_configured_witness_cosigns_and_nobody_else() {
    let witness = WitnessSigner(Signer::generate("witness", &mut SeededEntropy::new(8)).unwrap());
    let stranger = WitnessSigner(Signer::generate("stranger", &mut SeededEntropy::new(9)).unwrap());
    let backbone = Backbone::with_witnesses(vec![witness.key()]).await;
    let ana = backbone.device("laurier.internal", "Ana").await;
    let state = get_checkpoint(&backbone.service, &ana.caller, 0)
        .await
        .unwrap();
    let (size, text) = (
        state.checkpoint.checkpoint.size,
        state.checkpoint.checkpoint.to_string(),
    );
    let now = backbone.clock_now();
    let add = async |size, line: SignatureLineText| {
        let params = AddCosignatureParams { size, line };
        add_cosignature(&backbone.service, &ana.caller, params)
            .await
            .map_err(|error| error.reason)
    };
    let good = witness.cosign(&text, now).to_string();
    assert_eq!(
        add(size, stranger.cosign(&text, now).to_string()).await,
        Err(Reason::NotAllowed)
    );
    assert_eq!(add(size + 1, good.clone()).await, Err(Reason::NotFound));
    assert_eq!(add(1, good.clone()).await, Err(Reason::ProofInvalid));
    let ahead = now.plus(Duration::from_hours(1));
    let ahead = witness.cosign(&text, ahead).to_string();
    assert_eq!(add(size, ahead).await, Err(Reason::ProofInvalid));
    assert_eq!(
        add(size, "nonsense".to_owned()).await,
        Err(Reason::MalformedField)
    );
    assert_eq!(add(size, good.clone()).await, Ok(()));
    assert_eq!(add(size, good).await, Ok(()));

    let bo = backbone.device("parc.internal", "Bo").await;
    let state = get_checkpoint(&backbone.service, &bo.caller, 0)
        .await
        .unwrap();
    let cosigned = state.cosigned.unwrap();
    assert!(cosigned.cosigned_by(&witness.key()).unwrap() <= now);
    let (old, new) = (&cosigned.checkpoint, &state.checkpoint.checkpoint);
    assert!(old.size < new.size);
    verify_consistency(
        old.size,
        new.size,
        &old.root,
        &new.root,
        &state.cosigned_consistency,
    )
    .unwrap();
}

type SignatureLineText = String;
