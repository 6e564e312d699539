//! Members with a modified client: what they cannot do, and what the others survive.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::future::join_all;
use relais_mls::{Change, GroupPolicy, StagedCommit, adversary::Forgery};
use relais_proto::{
    delivery::{CommitRequest, GetGroupInfoRequest, delivery::Item},
    keypackage::PublishKeyPackagesRequest,
};
use relais_tests::{Device, request_id};
use relais_types::{Clock as _, GroupId, SystemClock};

use super::{Site, told};

const INVALID: &str = "InvalidArgument HANDSHAKE_INVALID";
const UNCERTIFIED: &str = "InvalidArgument CREDENTIAL_INVALID";
const NOT_ALLOWED: &str = "PermissionDenied NOT_ALLOWED";
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
    let message = PublishKeyPackagesRequest {
        request_id: request_id(),
        key_packages: vec![nameless.unwrap()],
        last_resort: Bytes::new(),
    };
    let message = site.ana.authorised(message);
    let got = told(site.ana.key_packages().publish_key_packages(message).await);
    site.case("a leaf without certificate", UNCERTIFIED, got)
        .await;
    site.finish().await;
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
    let refused = "ResourceExhausted RATE_LIMITED + RetryInfo";
    let last = answers.pop().unwrap_or_default();
    site.case("the eleventh resync of a day", refused, last)
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
    let limited = "ResourceExhausted RATE_LIMITED + RetryInfo";
    let expected = format!("{INVALID}, {limited}");
    let got = answers.into_iter().collect::<Vec<_>>().join(", ");
    site.case("sixty bad commits at once", &expected, got).await;
    site.finish().await;
}
