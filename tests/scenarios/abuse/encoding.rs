//! Messages that are none, too large, or say impossible things.

use bytes::Bytes;
use prost::Message as _;
use relais_client::Invitee;
use relais_proto::{
    audit::{ListAuditEventsRequest, audit_service_client::AuditServiceClient},
    delivery::{CommitRequest, GetGroupInfoRequest, SendRequest, SyncRequest},
    directory::{
        CreateOrganisationRequest, CreateServiceRequest, ListOrganisationsRequest,
        SearchPractitionersRequest, Service, directory_service_client::DirectoryServiceClient,
    },
    identity::{CreateInvitationRequest, identity_service_client::IdentityServiceClient},
    keypackage::PublishKeyPackagesRequest,
};
use relais_tests::{authorised, request_id, with_header};

use super::{Site, framed, told};

const MALFORMED: &str = "InvalidArgument MALFORMED_FIELD";
const TOO_LARGE: &str = "InvalidArgument PAYLOAD_TOO_LARGE";
const SEND: &str = "/relais.delivery.v1.DeliveryService/Send";
const INFO: &str = "/relais.delivery.v1.DeliveryService/GetGroupInfo";

#[tokio::test]
async fn framing() {
    let mut site = Site::new("framing").await;
    let token = site.ana.token.clone();
    // Group 15 opened over and over: what an unknown field may hold is bounded in depth.
    let nested = vec![0x7b; 100_000];
    let shallow = [vec![0x7b; 900], vec![0x7c; 900]].concat();
    let announced = [&[0, 0xff, 0xff, 0xff, 0xff][..], &[0; 16]].concat();
    let compressed = [&[1, 0, 0, 0, 4][..], b"gzip"].concat();
    let good = GetGroupInfoRequest {
        group_id: site.group.into(),
    }
    .encode_to_vec();
    for (name, path, body, expected) in [
        (
            "bytes that are no protobuf",
            SEND,
            framed(&[0xff; 64]),
            MALFORMED,
        ),
        (
            "a field of the wrong type",
            INFO,
            framed(&[0x08, 7]),
            MALFORMED,
        ),
        (
            "a field longer than the message",
            INFO,
            framed(&[0x0a, 0x7f, 1]),
            MALFORMED,
        ),
        (
            "unknown groups, 100,000 deep",
            SEND,
            framed(&nested),
            TOO_LARGE,
        ),
        (
            "unknown groups, 900 deep",
            SEND,
            framed(&shallow),
            MALFORMED,
        ),
        ("a length of 4 GiB, announced", SEND, announced, TOO_LARGE),
        ("a compressed message", INFO, compressed, MALFORMED),
        (
            "an unknown method",
            "/relais.delivery.v1.DeliveryService/Drop",
            framed(&good),
            "Unimplemented",
        ),
        (
            "an unknown service",
            "/relais.admin.v9.Root/Shell",
            framed(&good),
            "Unimplemented",
        ),
        (
            "a path that climbs",
            "/relais.delivery.v1.DeliveryService/../x",
            framed(&good),
            "Unimplemented",
        ),
    ] {
        let got = site.raw(path, &token, body).await;
        site.case(name, expected, got).await;
    }
    let got = site.raw(INFO, &token, framed(&good)).await;
    site.case("the same by the book", "OK", got).await;
    site.finish().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
async fn fields() {
    let mut site = Site::new("fields").await;
    let operator = site.node.operator_token();
    let plain = site.node.channel().await;
    let short = Bytes::from_static(&[7; 15]);
    let mut table: Vec<(&str, &str, String)> = Vec::new();

    let info = async |group_id| {
        let request = site.ana.authorised(GetGroupInfoRequest { group_id });
        told(site.ana.delivery().get_group_info(request).await)
    };
    table.push(("an id of 15 bytes", MALFORMED, info(short.clone()).await));
    table.push(("an id of no bytes", MALFORMED, info(Bytes::new()).await));
    table.push((
        "an id of 1 KiB and more",
        TOO_LARGE,
        info(vec![7; 1_500].into()).await,
    ));

    let sync = async |cursors, page_size| {
        let request = site.ana.authorised(SyncRequest { cursors, page_size });
        told(site.ana.delivery().sync(request).await)
    };
    let cursor = "InvalidArgument CURSOR_INVALID";
    table.push((
        "a cursor of random bytes",
        cursor,
        sync(vec![short.clone()], 0).await,
    ));
    table.push(("1,001 cursors", cursor, sync(vec![short; 1_001], 0).await));
    table.push(("a negative page size", MALFORMED, sync(vec![], -1).await));
    table.push((
        "a page of two thousand million: cut",
        "OK",
        sync(vec![], i32::MAX).await,
    ));

    let mut directory = DirectoryServiceClient::new(plain.clone());
    let request = authorised(
        &operator,
        ListOrganisationsRequest {
            page_token: "00ff".to_owned(),
            ..ListOrganisationsRequest::default()
        },
    );
    let got = told(directory.list_organisations(request).await);
    table.push(("an invented page token", cursor, got));

    let mut identity = IdentityServiceClient::new(plain.clone());
    for (name, person, role) in [
        ("an unknown value of an enum", "Ana", 99),
        ("NUL in a name", "An\0a", 1),
        (
            "a right-to-left override in a name",
            "Ana \u{202e}rotcoD",
            1,
        ),
        ("an invisible character in a name", "A\u{200b}na", 1),
        ("a name of 121 characters", &*"é".repeat(121), 1),
    ] {
        let message = CreateInvitationRequest {
            request_id: request_id(),
            organisation: "organisations/hospital.internal".to_owned(),
            display_name: person.to_owned(),
            profession: "physician".to_owned(),
            access_role: role,
            ..CreateInvitationRequest::default()
        };
        let got = told(
            identity
                .create_invitation(authorised(&operator, message))
                .await,
        );
        table.push((name, MALFORMED, got));
    }
    for (name, domain) in [
        ("a domain of another ending", "hospital.example"),
        ("a domain in capitals", "HOSPITAL.internal"),
        ("a domain that climbs", "../../etc.internal"),
    ] {
        let message = CreateOrganisationRequest {
            request_id: request_id(),
            domain: domain.to_owned(),
            display_name: "Hospital".to_owned(),
            own_authority: false,
        };
        let got = told(
            directory
                .create_organisation(authorised(&operator, message))
                .await,
        );
        table.push((name, MALFORMED, got));
    }

    let mut audit = AuditServiceClient::new(plain.clone());
    for (name, seconds, nanos) in [
        ("a time past the year 9999", i64::MAX, 0),
        ("a time with 2³¹ nanoseconds", 0, i32::MAX),
    ] {
        let message = ListAuditEventsRequest {
            since: Some(prost_types::Timestamp { seconds, nanos }),
            ..ListAuditEventsRequest::default()
        };
        let got = told(
            audit
                .list_audit_events(authorised(&operator, message))
                .await,
        );
        table.push((name, MALFORMED, got));
    }
    for (name, expected, got) in table {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn text_stays_text() {
    let mut site = Site::new("text stays text").await;
    let hostile = "Robert'); DROP TABLE device;--";
    let whom = Invitee::Person {
        display_name: hostile.to_owned(),
        profession: "x' OR '1'='1".to_owned(),
        administrator: false,
    };
    let domain = "hospital.internal".parse().unwrap();
    let code = site
        .node
        .operator()
        .invite(&domain, whom)
        .await
        .unwrap()
        .code;
    let (enrolment, ..) = relais_tests::enrolment(&code);
    let mut identity = IdentityServiceClient::new(site.ana.channel.clone());
    let got = told(identity.enrol(enrolment).await);
    site.case("SQL as a person's name", "OK", got).await;

    let mut directory = DirectoryServiceClient::new(site.ana.channel.clone());
    for (name, query, expected) in [
        ("the name is found as it was written", hostile, "1 found"),
        (
            "a query that would be true for all",
            "' OR '1'='1",
            "1 found",
        ),
        (
            "a query that would end the statement",
            "'; DELETE FROM device; --",
            "0 found",
        ),
        ("a wildcard of LIKE", "%", "0 found"),
        ("a wildcard of GLOB", "*", "0 found"),
    ] {
        let message = SearchPractitionersRequest {
            query: query.to_owned(),
            ..SearchPractitionersRequest::default()
        };
        let request = site.ana.authorised(message);
        let got = match directory.search_practitioners(request).await {
            Ok(page) => format!("{} found", page.into_inner().practitioners.len()),
            Err(status) => super::refusal(&status),
        };
        site.case(name, expected, got).await;
    }
    let request = site.zoe.authorised(CreateServiceRequest {
        request_id: request_id(),
        organisation: "organisations/hospital.internal".to_owned(),
        service: Some(Service {
            display_name: "Meals".to_owned(),
            description: "x".repeat(1_001),
            ..Service::default()
        }),
    });
    let request = with_header(request, "relais-step-up", &site.zoe.step_up().await);
    let mut directory = DirectoryServiceClient::new(site.zoe.channel.clone());
    let got = told(directory.create_service(request).await);
    site.case("a description of 1,001 characters", MALFORMED, got)
        .await;
    site.finish().await;
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
async fn mls() {
    let mut site = Site::new("MLS messages").await;
    let group = site.group;
    let good = site.ana.message(group, b"never sent");
    let commit = site.ana.stage(group, &relais_mls::Change::default());
    site.ana.discard(group);
    let mut table: Vec<(&str, &str, String)> = Vec::new();

    let send = async |ciphertext: Bytes, epoch| {
        let message = SendRequest {
            request_id: request_id(),
            group_id: group.into(),
            epoch,
            ciphertext,
            timers: Vec::new(),
        };
        told(site.ana.delivery().send(site.ana.authorised(message)).await)
    };
    let bytes = &good.ciphertext;
    let half = bytes.slice(..bytes.len() / 2);
    let longer: Bytes = [bytes, &b"more"[..]].concat().into();
    let epoch = good.epoch;
    for (name, ciphertext, epoch, expected) in [
        ("an empty message", Bytes::new(), epoch, MALFORMED),
        (
            "plaintext",
            Bytes::from_static(b"hello, all"),
            epoch,
            MALFORMED,
        ),
        ("half a message", half, epoch, MALFORMED),
        ("a message and four bytes", longer, epoch, MALFORMED),
        (
            "a commit as a message",
            commit.commit.clone(),
            epoch,
            MALFORMED,
        ),
        (
            "a message of 64 KiB and more",
            vec![0; 65_600].into(),
            epoch,
            TOO_LARGE,
        ),
        (
            "another epoch than the message's",
            bytes.clone(),
            epoch + 1,
            MALFORMED,
        ),
    ] {
        table.push((name, expected, send(ciphertext, epoch).await));
    }

    let offer = async |change: &dyn Fn(&mut CommitRequest)| {
        let mut message = CommitRequest {
            request_id: request_id(),
            ..commit.clone()
        };
        change(&mut message);
        told(
            site.ana
                .delivery()
                .commit(site.ana.authorised(message))
                .await,
        )
    };
    let refused = "InvalidArgument HANDSHAKE_INVALID";
    let cut = |bytes: &Bytes| bytes.slice(..bytes.len() - 7);
    let flipped = |bytes: &Bytes| -> Bytes {
        let mut bytes = bytes.to_vec();
        // Past the header, before the tag that only members can check.
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes.into()
    };
    let got = offer(&|message| message.commit = Bytes::new()).await;
    table.push(("an empty commit", MALFORMED, got));
    let got = offer(&|message| message.commit = cut(&message.commit)).await;
    table.push(("a commit cut short", refused, got));
    let got = offer(&|message| message.commit = flipped(&message.commit)).await;
    table.push(("a commit with one bit changed", refused, got));
    let got = offer(&|message| message.commit = bytes.clone()).await;
    table.push(("a message as a commit", refused, got));
    let got = offer(&|message| message.group_info = flipped(&message.group_info)).await;
    table.push(("a GroupInfo with one bit changed", refused, got));
    let got = offer(&|message| message.group_info = bytes.clone()).await;
    table.push(("a message as a GroupInfo", refused, got));
    let got = offer(&|message| message.welcome = bytes.clone()).await;
    table.push(("a Welcome for nobody", refused, got));
    let got = offer(&|message| message.commit = vec![0; 262_145].into()).await;
    table.push(("a commit of 256 KiB and more", TOO_LARGE, got));

    let publish = async |key_packages| {
        let message = PublishKeyPackagesRequest {
            request_id: request_id(),
            key_packages,
            last_resort: Bytes::new(),
        };
        let request = site.ana.authorised(message);
        told(site.ana.key_packages().publish_key_packages(request).await)
    };
    let none = "InvalidArgument KEY_PACKAGE_INVALID";
    let foreign = site.cy.key_package(false);
    let own = site.bo.key_package(false);
    table.push((
        "a key package that is none",
        none,
        publish(vec![bytes.clone()]).await,
    ));
    table.push((
        "a key package of another device",
        "InvalidArgument CREDENTIAL_INVALID",
        publish(vec![foreign]).await,
    ));
    table.push((
        "a key package cut short",
        none,
        publish(vec![cut(&own)]).await,
    ));
    table.push(("101 key packages", TOO_LARGE, publish(vec![own; 101]).await));

    for (name, expected, got) in table {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}
