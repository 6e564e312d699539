//! Members with a modified client: what they cannot do, and what the others survive.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use relais_mls::{
    Change, GroupPolicy, StagedCommit,
    adversary::{Forgery, Framing},
};
use relais_proto::{
    delivery::{CommitRequest, GetGroupInfoRequest, SendRequest, delivery::Item},
    keypackage::PublishKeyPackagesRequest,
};
use relais_tests::{Device, request_id};
use relais_types::{Clock as _, GroupId, SystemClock, Timestamp};

use super::{Site, told};

const INVALID: &str = "InvalidArgument HANDSHAKE_INVALID";
const UNCERTIFIED: &str = "InvalidArgument CREDENTIAL_INVALID";
const NOT_ALLOWED: &str = "PermissionDenied NOT_ALLOWED";
const UNUSABLE: &str = "InvalidArgument KEY_PACKAGE_INVALID";
const MALFORMED: &str = "InvalidArgument MALFORMED_FIELD";
const LIMITED: &str = "ResourceExhausted RATE_LIMITED + RetryInfo";
const NOT_FOUND: &str = "NotFound NOT_FOUND";

fn request(group: GroupId, staged: StagedCommit) -> CommitRequest {
    CommitRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch: staged.epoch,
        commit: staged.commit,
        welcome: staged.welcome.unwrap_or_default(),
        group_info: staged.group_info,
    }
}

fn flipped(bytes: &Bytes, from_end: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    let at = bytes.len() - from_end;
    bytes[at] ^= 1;
    bytes.into()
}

async fn commit(device: &Device, message: CommitRequest) -> String {
    let message = device.authorised(message);
    told(device.delivery().commit(message).await)
}

/// What the server holds of the group, as a member gets it.
async fn held(device: &Device, group: GroupId) -> (Bytes, Bytes) {
    let message = GetGroupInfoRequest {
        group_id: group.into(),
    };
    let message = device.authorised(message);
    let held = device.delivery().get_group_info(message).await;
    let held = held.unwrap().into_inner();
    (held.group_info, held.ratchet_tree)
}

/// The device follows the log of `group` in public, and makes its way back into it.
async fn resync(device: &mut Device, group: GroupId) -> StagedCommit {
    device
        .mls
        .begin_following(&mut device.state, group)
        .unwrap();
    for item in device.waiting().await {
        if let Some(Item::Entry(entry)) = item.item {
            let now = SystemClock.now();
            // What it has processed before is of an epoch that is over, or content.
            let _ = device
                .mls
                .follow(&mut device.state, group, &entry.payload, now);
        }
    }
    let (info, tree) = held(device, group).await;
    device
        .mls
        .stage_resync(&mut device.state, group, &info, &tree, b"")
        .unwrap()
}

#[tokio::test]
async fn handshakes() {
    let mut site = Site::new("handshakes of members").await;
    let group = site.group;
    let good = site.ana.stage(group, &Change::default());
    site.ana.discard(group);

    // Signature, confirmation tag and membership tag end a commit: 66, 33 and 33 bytes.
    let bad = CommitRequest {
        request_id: request_id(),
        commit: flipped(&good.commit, 100),
        ..good.clone()
    };
    let got = commit(&site.ana, bad).await;
    site.case("a commit with a bad signature", INVALID, got)
        .await;
    let bad = CommitRequest {
        request_id: request_id(),
        group_info: flipped(&good.group_info, 10),
        ..good.clone()
    };
    let got = commit(&site.ana, bad).await;
    site.case("a corrupt GroupInfo", INVALID, got).await;
    let other = site.ana.stage(group, &Change::default());
    site.ana.discard(group);
    let bad = CommitRequest {
        request_id: request_id(),
        group_info: other.group_info,
        ..good.clone()
    };
    let got = commit(&site.ana, bad).await;
    site.case("the GroupInfo of another commit", INVALID, got)
        .await;
    let got = commit(
        &site.bo,
        CommitRequest {
            request_id: request_id(),
            ..good
        },
    )
    .await;
    site.case("the sender's leaf is not the caller's", INVALID, got)
        .await;

    let nameless = relais_mls::adversary::uncertified_key_package(&site.ana.prover, "Anybody");
    let got = publish(&site.ana, nameless.unwrap()).await;
    site.case("a leaf without certificate", UNCERTIFIED, got)
        .await;
    let now = SystemClock.now();
    let weeks = |weeks: u64| Duration::from_hours(weeks * 7 * 24);
    let ago = i64::try_from(weeks(13).as_micros()).unwrap();
    let past = Timestamp::from_micros(now.as_micros() - ago);
    for (name, made_at) in [
        ("a key package of 13 weeks ago", past),
        ("a key package of next week", now.plus(weeks(1))),
    ] {
        let ana = &mut site.ana;
        let package = ana.mls.key_package(&mut ana.state, false, made_at).unwrap();
        let got = publish(&site.ana, package).await;
        site.case(name, UNUSABLE, got).await;
    }
    let others = site.bo.key_package(false);
    let got = publish(&site.ana, others).await;
    site.case("somebody else's key package", UNCERTIFIED, got)
        .await;
    site.finish().await;
}

async fn publish(device: &Device, key_package: Bytes) -> String {
    let message = device.authorised(PublishKeyPackagesRequest {
        request_id: request_id(),
        key_packages: vec![key_package],
        last_resort: Bytes::new(),
    });
    told(device.key_packages().publish_key_packages(message).await)
}

#[tokio::test]
async fn rules_of_a_group() {
    let mut site = Site::new("rules of a group").await;
    // A case that Ana leads, with Bo in it.
    let open = site.ana.policy.clone();
    site.ana.policy.leads = BTreeSet::from([site.ana.name.practitioner_name()]);
    let led = site.ana.create_group().await;
    let add = Change {
        add: site.ana.claim(&site.bo.name.practitioner_name()).await,
        ..Change::default()
    };
    site.ana.commit(led, &add).await;
    let welcome = site
        .bo
        .waiting()
        .await
        .into_iter()
        .find_map(|item| match item.item {
            Some(Item::Welcome(welcome)) if welcome.group_id.as_ref() == led.as_bytes() => {
                Some(welcome)
            }
            _ => None,
        })
        .unwrap();
    let now = SystemClock.now();
    let (sealed, tree) = (&welcome.welcome, &welcome.ratchet_tree);
    site.bo
        .mls
        .join(&mut site.bo.state, sealed, tree, now)
        .unwrap();

    let mut table = Vec::new();
    let remove = Forgery {
        remove: vec![site.ana.name.device],
        ..Forgery::default()
    };
    let add = Forgery {
        add: site.bo.claim(&site.cy.name.practitioner_name()).await,
        ..Forgery::default()
    };
    let myself = GroupPolicy {
        leads: BTreeSet::from([site.bo.name.practitioner_name()]),
        ..open.clone()
    };
    let seize = Forgery {
        policy: Some(myself),
        ..Forgery::default()
    };
    let free = Forgery {
        policy: Some(open),
        ..Forgery::default()
    };
    for (name, forgery) in [
        ("a Remove without the role", remove),
        ("an Add without the role", add),
        ("naming oneself lead", seize),
        ("lifting the rules without leading", free),
    ] {
        let forged = site.bo.mls.forge_commit(&site.bo.state, led, &forgery);
        let got = commit(&site.bo, request(led, forged.unwrap())).await;
        table.push((name, NOT_ALLOWED, got));
    }
    let renewal = site.bo.stage(led, &Change::default());
    let got = commit(&site.bo, renewal).await;
    table.push(("renewing one's keys, which anybody may", "OK", got));
    for (name, expected, got) in table {
        // Of another group than the one whose log is compared.
        site.table.row(name, expected, got);
    }
    site.table.finish();
}

#[tokio::test]
async fn referrals_that_the_group_does_not_permit() {
    let mut site = Site::new("referrals between organisations").await;
    // Cases for the hospital and the clinic alone: one that nobody leads, and one that Ana leads.
    site.ana.policy.organisations = ["hospital.internal", "clinic.internal"]
        .map(|domain| domain.parse().unwrap())
        .into();
    let add = Forgery {
        add: site.ana.claim(&site.cy.name.practitioner_name()).await,
        ..Forgery::default()
    };
    let free = site.ana.create_group().await;
    site.ana.policy.leads = BTreeSet::from([site.ana.name.practitioner_name()]);
    let closed = site.ana.create_group().await;
    for (name, group) in [
        ("a member adds somebody of a third organisation", free),
        ("the lead does", closed),
    ] {
        let forged = site.ana.mls.forge_commit(&site.ana.state, group, &add);
        let got = commit(&site.ana, request(group, forged.unwrap())).await;
        site.table.row(name, NOT_ALLOWED, got);
    }
    // Rules and people that they do not admit in one commit: those of before count.
    let open = GroupPolicy {
        organisations: BTreeSet::new(),
        ..site.ana.policy.clone()
    };
    let both = Forgery {
        policy: Some(open),
        ..add
    };
    let at_once = site.ana.mls.forge_commit(&site.ana.state, closed, &both);
    let got = commit(&site.ana, request(closed, at_once.unwrap())).await;
    let name = "… and lifts the rule in the same commit";
    site.table.row(name, NOT_ALLOWED, got);
    let bo = Change {
        add: site.ana.claim(&site.bo.name.practitioner_name()).await,
        ..Change::default()
    };
    let message = site.ana.stage(closed, &bo);
    let got = commit(&site.ana, message).await;
    site.table
        .row("the lead adds somebody of the clinic", "OK", got);
    site.finish().await;
}

#[tokio::test]
async fn proposals_of_members() {
    let limit = ("RELAISD_RATE__SEND", "20, then 1 per 1 h");
    let mut site = Site::with("proposals, which only the server makes", &[limit]).await;
    let group = site.group;
    let target = site.ana.name.device;
    let epoch = site.bo.mls.epoch(&site.bo.state, group).unwrap();
    let forge = |site: &Site, framing| {
        let bo = &site.bo;
        let forged = bo.mls.forge_proposal(&bo.state, group, target, framing);
        forged.unwrap()
    };
    for (name, framing) in [
        ("a member's proposal in the open", Framing::Public),
        ("a member's proposal, encrypted", Framing::Private),
        ("a proposal in the server's name", Framing::External),
    ] {
        let proposal = forge(&site, framing);
        let got = send(&site.bo, group, epoch, proposal.clone()).await;
        site.case(&format!("{name}, as a message"), MALFORMED, got)
            .await;
        let good = site.bo.stage(group, &Change::default());
        site.bo.discard(group);
        let message = CommitRequest {
            commit: proposal,
            ..good
        };
        let got = commit(&site.bo, message).await;
        site.case(&format!("{name}, as a commit"), INVALID, got)
            .await;
    }
    let good = site.bo.stage(group, &Change::default());
    site.bo.discard(group);
    let got = send(&site.bo, group, epoch, good.commit).await;
    site.case("a commit, as a message", MALFORMED, got).await;

    let proposals: Vec<Bytes> = (0..30).map(|_| forge(&site, Framing::Private)).collect();
    let attempts = proposals
        .into_iter()
        .map(|proposal| send(&site.bo, group, epoch, proposal));
    let answers: BTreeSet<String> = join_all(attempts).await.into_iter().collect();
    let got = answers.into_iter().collect::<Vec<_>>().join(", ");
    let expected = format!("{MALFORMED}, {LIMITED}");
    site.case("thirty proposals at once", &expected, got).await;
    let honest = site.bo.message(group, b"and now?");
    let honest = site.bo.authorised(honest);
    let got = told(site.bo.delivery().send(honest).await);
    site.case("… which cost the sender's own limit", LIMITED, got)
        .await;
    site.finish().await;
}

async fn send(device: &Device, group: GroupId, epoch: u64, ciphertext: Bytes) -> String {
    let message = device.authorised(SendRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch,
        ciphertext,
        timers: Vec::new(),
    });
    told(device.delivery().send(message).await)
}

#[tokio::test]
async fn external_commits() {
    let mut site = Site::new("external commits").await;
    let group = site.group;
    let (info, tree) = held(&site.ana, group).await;

    // Whoever is outside has it from a member.
    let join = site.cy.mls.forge_join(&info, &tree).unwrap();
    let got = commit(&site.cy, request(group, join.clone())).await;
    site.case("an outsider joins by itself", NOT_FOUND, got)
        .await;
    let got = commit(&site.bo, request(group, join)).await;
    site.case("a member lets an outsider in like that", INVALID, got)
        .await;
    let of_ana = resync(&mut site.ana, group).await;
    let got = commit(&site.bo, request(group, of_ana)).await;
    site.case("a resync for another's leaf", INVALID, got).await;
    let own = resync(&mut site.bo, group).await;
    let spoilt = StagedCommit {
        group_info: flipped(&own.group_info, 10),
        ..own.clone()
    };
    let got = commit(&site.bo, request(group, spoilt)).await;
    site.case("a resync with a corrupt GroupInfo", INVALID, got)
        .await;
    let bo = &site.bo;
    let burden = |besides: &Forgery| {
        let made = bo.mls.burden_resync(&bo.state, group, &own, besides);
        made.unwrap()
    };
    // The machinery is sound: with nothing besides it makes the very same commit.
    assert_eq!(burden(&Forgery::default()), own);
    let outsider = Forgery {
        add: site.ana.claim(&site.cy.name.practitioner_name()).await,
        ..Forgery::default()
    };
    let other = Forgery {
        remove: vec![site.ana.name.device],
        ..Forgery::default()
    };
    let burdened = [
        ("a resync that brings an outsider along", burden(&outsider)),
        ("a resync that removes another", burden(&other)),
    ];
    for (name, forged) in burdened {
        let got = commit(&site.bo, request(group, forged)).await;
        site.case(name, INVALID, got).await;
    }
    let payload = own.commit.clone();
    let got = commit(&site.bo, request(group, own)).await;
    site.commits += 1;
    site.case("a resync of one's own leaf", "OK", got).await;
    site.bo.mls.merge_resync(&mut site.bo.state, group).unwrap();
    site.ana.read(group, &payload);

    let mut answers = Vec::new();
    for _ in 0..11 {
        let again = resync(&mut site.bo, group).await;
        let payload = again.commit.clone();
        let got = commit(&site.bo, request(group, again)).await;
        if got == "OK" {
            site.commits += 1;
            site.bo.mls.merge_resync(&mut site.bo.state, group).unwrap();
            site.ana.read(group, &payload);
        }
        answers.push(got);
    }
    let last = answers.pop().unwrap_or_default();
    site.case("the eleventh resync of a day", LIMITED, last)
        .await;
    site.finish().await;
}

#[tokio::test]
async fn a_commit_that_only_members_can_find_bad() {
    let mut site = Site::new("commits that only members can find bad").await;
    let group = site.group;
    for (name, spoilt_tag) in [
        ("an unprocessable UpdatePath is taken", false),
        ("a wrong membership tag is taken", true),
    ] {
        let good = site.ana.stage(group, &Change::default());
        let staged = StagedCommit {
            epoch: good.epoch,
            commit: good.commit.clone(),
            welcome: None,
            group_info: good.group_info.clone(),
        };
        site.ana.discard(group);
        let bad = if spoilt_tag {
            StagedCommit {
                commit: flipped(&staged.commit, 1),
                ..staged
            }
        } else {
            let ana = &site.ana;
            ana.mls.spoil_path(&ana.state, group, &staged).unwrap()
        };
        let payload = bad.commit.clone();
        let got = commit(&site.ana, request(group, bad)).await;
        site.commits += 1;
        site.case(name, "OK", got).await;

        let now = SystemClock.now();
        let read = site
            .bo
            .mls
            .process(&mut site.bo.state, group, &payload, now);
        let named = site.bo.mls.signer_of(&site.bo.state, group, &payload);
        let got = match (read, named) {
            (Err(_), Some(by)) if by == site.ana.name => "refused, signer named".to_owned(),
            other => format!("{other:?}"),
        };
        site.case(
            "… its recipient knows who it was",
            "refused, signer named",
            got,
        )
        .await;
        // Both are out of step now, one after the other comes back.
        let back = resync(&mut site.bo, group).await;
        let got = commit(&site.bo, request(group, back)).await;
        site.commits += 1;
        site.bo.mls.merge_resync(&mut site.bo.state, group).unwrap();
        site.case("… and comes back", "OK", got).await;
        let back = resync(&mut site.ana, group).await;
        let payload = back.commit.clone();
        let got = commit(&site.ana, request(group, back)).await;
        site.commits += 1;
        site.ana
            .mls
            .merge_resync(&mut site.ana.state, group)
            .unwrap();
        site.bo.read(group, &payload);
        site.case("… as does whoever made it", "OK", got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn a_flood_of_commits() {
    let mut site = Site::new("a flood of commits").await;
    let group = site.group;
    let good = site.bo.stage(group, &Change::default());
    site.bo.discard(group);
    let attempts = (0..60).map(|_| {
        let bad = CommitRequest {
            request_id: request_id(),
            commit: flipped(&good.commit, 100),
            ..good.clone()
        };
        commit(&site.bo, bad)
    });
    let answers: BTreeSet<String> = join_all(attempts).await.into_iter().collect();
    let expected = format!("{INVALID}, {LIMITED}");
    let got = answers.into_iter().collect::<Vec<_>>().join(", ");
    site.case("sixty bad commits at once", &expected, got).await;
    site.finish().await;
}
