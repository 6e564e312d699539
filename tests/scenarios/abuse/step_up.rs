//! Officers who have not shown to be at their device.

use std::time::Duration;

use relais_proto::{
    audit::{VerifyAuditRequest, audit_service_client::AuditServiceClient},
    directory::{ListMembersRequest, directory_service_client::DirectoryServiceClient},
    identity::{CreateInvitationRequest, RevokeDeviceRequest},
};
use relais_tests::{Device, PATIENCE, request_id, with_header};
use tokio::time::timeout;
use tonic::Request;

use super::{Site, told};

const REQUIRED: &str = "PermissionDenied STEP_UP_REQUIRED";
const NOT_ALLOWED: &str = "PermissionDenied NOT_ALLOWED";
const HOSPITAL: &str = "organisations/hospital.internal";

async fn invite(by: &Device, step_up: Option<&str>) -> String {
    let request = by.authorised(CreateInvitationRequest {
        request_id: request_id(),
        organisation: HOSPITAL.to_owned(),
        display_name: "Eve".to_owned(),
        profession: "physician".to_owned(),
        ..CreateInvitationRequest::default()
    });
    told(by.identity().create_invitation(and(request, step_up)).await)
}

fn and<T>(request: Request<T>, step_up: Option<&str>) -> Request<T> {
    match step_up {
        Some(step_up) => with_header(request, "relais-step-up", step_up),
        None => request,
    }
}

#[tokio::test]
async fn officers() {
    let mut site = Site::new("officers without a step-up").await;
    let yan = Device::enrol(&site.node, "hospital.internal", "Yan", true).await;
    let zoe = &site.zoe;
    let mut table = vec![(
        "an administrator invites",
        REQUIRED,
        invite(zoe, None).await,
    )];
    let request = zoe.authorised(RevokeDeviceRequest {
        request_id: request_id(),
        device: yan.name.to_string(),
    });
    let got = told(zoe.identity().revoke_device(request).await);
    table.push(("an administrator revokes", REQUIRED, got));
    let request = zoe.authorised(ListMembersRequest {
        organisation: HOSPITAL.to_owned(),
        ..ListMembersRequest::default()
    });
    let mut directory = DirectoryServiceClient::new(zoe.channel.clone());
    let got = told(directory.list_members(request).await);
    table.push(("an administrator lists devices", REQUIRED, got));
    let mut audit = AuditServiceClient::new(zoe.channel.clone());
    let got = told(
        audit
            .verify_audit(zoe.authorised(VerifyAuditRequest {}))
            .await,
    );
    table.push(("an administrator reads the audit trail", REQUIRED, got));

    let (own, others) = (zoe.step_up().await, yan.step_up().await);
    let members = site.ana.step_up().await;
    for (name, expected, by, step_up) in [
        (
            "with an invented step-up",
            REQUIRED,
            zoe,
            "relais_stepup_00",
        ),
        (
            "with one changed by a character",
            REQUIRED,
            zoe,
            &own[..own.len() - 1],
        ),
        ("with a token as the step-up", REQUIRED, zoe, &zoe.token),
        (
            "with the step-up of another administrator",
            REQUIRED,
            zoe,
            &others,
        ),
        ("with her own", "OK", zoe, &own),
        (
            "a member with a step-up of their own",
            NOT_ALLOWED,
            &site.ana,
            &members,
        ),
        (
            "a member with an administrator's",
            NOT_ALLOWED,
            &site.ana,
            &own,
        ),
    ] {
        table.push((name, expected, invite(by, Some(step_up)).await));
    }
    let proof = zoe.step_up_request("relais/token/v1").await;
    let got = told(zoe.identity().step_up(zoe.authorised(proof)).await);
    table.push((
        "a token's proof to step up with",
        "Unauthenticated PROOF_INVALID",
        got,
    ));
    let proof = zoe.step_up_request("relais/step-up/v1").await;
    told(zoe.identity().step_up(zoe.authorised(proof.clone())).await);
    let got = told(zoe.identity().step_up(zoe.authorised(proof)).await);
    table.push((
        "a challenge answered twice",
        "Unauthenticated CHALLENGE_EXPIRED",
        got,
    ));
    for (name, expected, got) in table {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn old_ones() {
    let variables = [("RELAISD_SERVICE__STEP_UP_TTL_SECS", "1")];
    let mut site = Site::with("a step-up that is old", &variables).await;
    let step_up = site.zoe.step_up().await;
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let ended = async {
        loop {
            ticks.tick().await;
            let got = invite(&site.zoe, Some(&step_up)).await;
            if got != "OK" {
                return got;
            }
        }
    };
    let got = timeout(PATIENCE, ended).await.unwrap();
    site.case("a step-up past its time", REQUIRED, got).await;
    site.finish().await;
}
