//! Known devices that reach for what is not theirs.

use relais_mls::Change;
use relais_proto::{
    audit::{ListAuditEventsRequest, VerifyAuditRequest, audit_service_client::AuditServiceClient},
    delivery::{GetGroupInfoRequest, SyncRequest},
    directory::{
        CreateOrganisationRequest, ListMembersRequest, SearchPractitionersRequest,
        directory_service_client::DirectoryServiceClient,
    },
    identity::CreateInvitationRequest,
};
use relais_tests::{Device, request_id, with_header};
use relais_types::Cursor;

use super::{Site, told};

const NOT_FOUND: &str = "NotFound NOT_FOUND";
const NOT_ALLOWED: &str = "PermissionDenied NOT_ALLOWED";
const CURSOR: &str = "InvalidArgument CURSOR_INVALID";

#[tokio::test]
async fn groups_of_others() {
    let mut site = Site::new("groups of others").await;
    let group = site.group;
    let mut table = Vec::new();

    let heard = site.ana.message(group, b"overheard");
    let got = told(
        site.cy
            .delivery()
            .send(site.cy.authorised(heard.clone()))
            .await,
    );
    table.push(("an outsider sends a member's message", NOT_FOUND, got));
    let renewal = site.ana.stage(group, &Change::default());
    site.ana.discard(group);
    let got = told(
        site.cy
            .delivery()
            .commit(site.cy.authorised(renewal.clone()))
            .await,
    );
    table.push(("an outsider sends a member's commit", NOT_FOUND, got));
    let got = told(site.bo.delivery().commit(site.bo.authorised(renewal)).await);
    table.push((
        "a member sends another member's commit",
        "InvalidArgument HANDSHAKE_INVALID",
        got,
    ));
    let info = GetGroupInfoRequest {
        group_id: group.into(),
    };
    let got = told(
        site.cy
            .delivery()
            .get_group_info(site.cy.authorised(info.clone()))
            .await,
    );
    table.push(("an outsider asks for the group's state", NOT_FOUND, got));
    let got = told(
        site.zoe
            .delivery()
            .get_group_info(site.zoe.authorised(info))
            .await,
    );
    table.push(("a member's administrator does", NOT_FOUND, got));

    let cursor = |seq| Cursor::Group { group, seq }.encode().into();
    let sync = SyncRequest {
        cursors: vec![cursor(1)],
        page_size: 0,
    };
    let got = told(site.cy.delivery().sync(site.cy.authorised(sync)).await);
    table.push(("an outsider reads from a cursor of the group", CURSOR, got));
    let answered = |outcome: Result<(), tonic::Status>| match outcome {
        Ok(()) => "OK".to_owned(),
        Err(status) => super::refusal(&status),
    };
    let got = answered(site.cy.ack(vec![cursor(1)]).await);
    table.push(("an outsider acknowledges in the group", CURSOR, got));
    let inbox = Cursor::Inbox { position: 1_000 }.encode().into();
    let got = answered(site.bo.ack(vec![inbox]).await);
    table.push(("an acknowledgement past the own inbox", CURSOR, got));
    let got = answered(site.bo.ack(vec![cursor(1_000)]).await);
    table.push(("an acknowledgement past the log", CURSOR, got));

    for (name, expected, got) in table {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn a_removed_member() {
    let mut site = Site::new("a removed member").await;
    let (mut dee, group) = (
        Device::enrol(&site.node, "clinic.internal", "Dee", false).await,
        site.ana.create_group().await,
    );
    let add = Change {
        add: site.ana.claim(&dee.name.practitioner_name()).await,
        ..Change::default()
    };
    site.ana.commit(group, &add).await;
    dee.join().await;
    let before = dee.message(group, b"before");
    let late = dee.message(group, b"after");
    let got = told(dee.delivery().send(dee.authorised(before)).await);
    site.case("while in the group", "OK", got).await;
    let remove = Change {
        remove: vec![dee.name.device],
        ..Change::default()
    };
    site.ana.commit(group, &remove).await;
    let after = site.ana.message(group, b"among ourselves");
    let secret = after.ciphertext.clone();
    let request = site.ana.authorised(after);
    site.ana.delivery().send(request).await.unwrap();

    let got = told(dee.delivery().send(dee.authorised(late)).await);
    site.case("sends after the removal", NOT_FOUND, got).await;
    let info = GetGroupInfoRequest {
        group_id: group.into(),
    };
    let got = told(dee.delivery().get_group_info(dee.authorised(info)).await);
    site.case("asks for the state after the removal", NOT_FOUND, got)
        .await;
    let seen = dee.waiting().await;
    let entries = seen.iter().filter_map(|delivery| match &delivery.item {
        Some(relais_proto::delivery::delivery::Item::Entry(entry)) => Some(&entry.payload),
        _ => None,
    });
    let got = if entries.clone().any(|payload| *payload == secret) {
        "given what came after".to_owned()
    } else {
        format!("{} entries, the last is the removal", entries.count())
    };
    let expected = "2 entries, the last is the removal";
    site.case("reads after the removal", expected, got).await;
    site.finish().await;
}

#[tokio::test]
async fn rights_in_an_organisation() {
    let mut site = Site::new("rights in an organisation").await;
    let directory = |of: &Device| DirectoryServiceClient::new(of.channel.clone());
    let audit = |of: &Device| AuditServiceClient::new(of.channel.clone());
    // Whoever is refused here is not refused for want of it.
    let step_up = site.zoe.step_up().await;
    let mut table = Vec::new();

    for (name, caller, organisation, role) in [
        ("a member invites", &site.ana, "hospital", 1),
        ("a member makes an administrator", &site.ana, "hospital", 2),
        (
            "an administrator invites for another",
            &site.zoe,
            "clinic",
            1,
        ),
        ("an administrator invites for none", &site.zoe, "nowhere", 1),
    ] {
        let request = caller.authorised(CreateInvitationRequest {
            request_id: request_id(),
            organisation: format!("organisations/{organisation}.internal"),
            display_name: "Eve".to_owned(),
            profession: "physician".to_owned(),
            access_role: role,
            ..CreateInvitationRequest::default()
        });
        let request = with_header(request, "relais-step-up", &step_up);
        let got = told(caller.identity().create_invitation(request).await);
        table.push((name, NOT_ALLOWED, got));
    }
    let request = site.zoe.authorised(CreateOrganisationRequest {
        request_id: request_id(),
        domain: "own.internal".to_owned(),
        display_name: "Own".to_owned(),
        own_authority: false,
    });
    let request = with_header(request, "relais-step-up", &step_up);
    let got = told(directory(&site.zoe).create_organisation(request).await);
    table.push(("an administrator admits an organisation", NOT_ALLOWED, got));
    for (name, caller, organisation) in [
        (
            "a member lists devices of colleagues",
            &site.ana,
            "hospital",
        ),
        (
            "an administrator lists another's people",
            &site.zoe,
            "clinic",
        ),
    ] {
        let request = caller.authorised(ListMembersRequest {
            organisation: format!("organisations/{organisation}.internal"),
            ..ListMembersRequest::default()
        });
        let request = with_header(request, "relais-step-up", &step_up);
        let got = told(directory(caller).list_members(request).await);
        table.push((name, NOT_ALLOWED, got));
    }
    for (name, caller, organisation) in [
        (
            "a member reads the audit trail",
            &site.ana,
            "organisations/hospital.internal",
        ),
        (
            "an administrator reads another's",
            &site.zoe,
            "organisations/clinic.internal",
        ),
        ("an administrator reads all of it", &site.zoe, ""),
    ] {
        let request = caller.authorised(ListAuditEventsRequest {
            organisation: organisation.to_owned(),
            ..ListAuditEventsRequest::default()
        });
        let request = with_header(request, "relais-step-up", &step_up);
        let got = told(audit(caller).list_audit_events(request).await);
        table.push((name, NOT_ALLOWED, got));
    }
    let request = site.ana.authorised(VerifyAuditRequest {});
    let got = told(audit(&site.ana).verify_audit(request).await);
    table.push(("a member asks for the trail's head", NOT_ALLOWED, got));

    for (name, expected, got) in table {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn enumeration() {
    let mut site = Site::new("directory enumeration").await;
    let mut directory = DirectoryServiceClient::new(site.cy.channel.clone());
    let mut answers = Vec::new();
    for letter in ('a'..='z').chain('a'..='z').chain('a'..='z') {
        let request = site.cy.authorised(SearchPractitionersRequest {
            query: letter.to_string(),
            ..SearchPractitionersRequest::default()
        });
        answers.push(told(directory.search_practitioners(request).await));
    }
    let first = answers.first().unwrap().clone();
    let last = answers.last().unwrap().clone();
    site.case("the first search", "OK", first).await;
    let limited = "ResourceExhausted RATE_LIMITED + RetryInfo";
    site.case("the 78th at once", limited, last).await;
    let mut others = DirectoryServiceClient::new(site.ana.channel.clone());
    let request = site.ana.authorised(SearchPractitionersRequest::default());
    let got = told(others.search_practitioners(request).await);
    site.case("somebody else meanwhile", "OK", got).await;
    site.finish().await;
}
