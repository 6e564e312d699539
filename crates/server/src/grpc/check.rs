//! Requests read as the adapters read them, and not carried out.

use prost::Message;
use relais_proto::transparency as log;
use relais_types::{Error, Result};

use super::{
    audit, delivery, directory, identity, key_package, partnership, signing, transparency,
};

/// Reads the bytes of a request to `path` (`/package.Service/Method`) as far as its adapter
/// does: the message, then its ids, names, times and cursors. What is left to the use case,
/// and who may call, is not looked at.
///
/// # Errors
/// What the caller of the method would be told; `NOT_FOUND` if there is no such method.
#[expect(clippy::too_many_lines, reason = "one arm for each method")]
pub fn check_request(path: &str, message: &[u8]) -> Result<()> {
    let method = path.strip_prefix("/relais.").unwrap_or(path);
    match method {
        "audit.v1.AuditService/ListAuditEvents" => check(message, audit::events_params),
        "audit.v1.AuditService/GetOfficerKey" => check(message, audit::officer_organisation),
        "audit.v1.AuditService/ListViews" => check(message, audit::views_params),
        "audit.v1.AuditService/PublishOfficerKey" => check(message, audit::officer_key_params),
        "audit.v1.AuditService/RecordViews" => check(message, audit::record_params),
        "delivery.v1.DeliveryService/Ack" => check(message, delivery::ack_params),
        "delivery.v1.DeliveryService/ClearTimer" => check(message, delivery::clear_params),
        "delivery.v1.DeliveryService/Commit" => check(message, delivery::commit_params),
        "delivery.v1.DeliveryService/CreateGroup" => check(message, delivery::group_params),
        "delivery.v1.DeliveryService/GetGroupInfo" => check(message, delivery::group_info_params),
        "delivery.v1.DeliveryService/Send" => check(message, delivery::send_params),
        "delivery.v1.DeliveryService/Subscribe" => check(message, delivery::subscribe_cursors),
        "delivery.v1.DeliveryService/Sync" => check(message, delivery::sync_params),
        "directory.v1.DirectoryService/CertifyOrganisation" => {
            check(message, directory::certify_params)
        }
        "directory.v1.DirectoryService/CreateOrganisation" => {
            check(message, directory::organisation_params)
        }
        "directory.v1.DirectoryService/CreateService" => check(message, directory::service_params),
        "directory.v1.DirectoryService/ListMembers" => check(message, directory::members_params),
        "directory.v1.DirectoryService/ListOrganisations" => {
            check(message, |it| Ok(directory::organisations_params(it)))
        }
        "directory.v1.DirectoryService/SearchPractitioners" => {
            check(message, directory::practitioners_params)
        }
        "directory.v1.DirectoryService/SearchServices" => {
            check(message, directory::services_params)
        }
        "directory.v1.DirectoryService/ListAdherence" => check(message, partnership::told_params),
        "directory.v1.DirectoryService/ListPartnerships" => {
            check(message, partnership::partnerships_params)
        }
        "directory.v1.DirectoryService/PublishAdherence" => {
            check(message, partnership::adherence_params)
        }
        "directory.v1.DirectoryService/SignPartnership" => check(message, partnership::sign_params),
        "identity.v1.IdentityService/CreateChallenge" => check(message, identity::challenge_params),
        "identity.v1.IdentityService/CreateInvitation" => {
            check(message, identity::invitation_params)
        }
        "identity.v1.IdentityService/CreateToken" => check(message, identity::token_params),
        "identity.v1.IdentityService/Enrol" => check(message, identity::enrol_params),
        "identity.v1.IdentityService/RenewCredential" => {
            check(message, identity::renew_credential_params)
        }
        "identity.v1.IdentityService/RenewTransportCertificate" => {
            check(message, identity::renew_transport_params)
        }
        "identity.v1.IdentityService/StepUp" => check(message, identity::step_up_params),
        "identity.v1.IdentityService/CreateScimToken" => {
            check(message, |it| identity::scim_token_params(&it))
        }
        "identity.v1.IdentityService/EnrolWithIdentityProvider" => {
            check(message, identity::identified_params)
        }
        "identity.v1.IdentityService/GetIdentityProvider" => {
            check(message, |it| identity::whose_provider(&it))
        }
        "identity.v1.IdentityService/SetIdentityProvider" => {
            check(message, identity::provider_params)
        }
        "identity.v1.IdentityService/RevokeDevice" => {
            check(message, identity::revoke_device_params)
        }
        "identity.v1.IdentityService/RevokePractitioner" => {
            check(message, identity::revoke_practitioner_params)
        }
        "identity.v1.SigningService/CompleteSigning" => check(message, signing::complete_params),
        "identity.v1.SigningService/CreateSigningChallenge" => {
            check(message, signing::challenge_params)
        }
        "identity.v1.SigningService/RefuseSigning" => check(message, signing::refuse_params),
        "identity.v1.SigningService/SubscribeSigning" => check(message, signing::subscribe_params),
        "keypackage.v1.KeyPackageService/ClaimKeyPackages" => {
            check(message, key_package::claim_params)
        }
        "keypackage.v1.KeyPackageService/PublishKeyPackages" => {
            check(message, key_package::publish_params)
        }
        "transparency.v1.TransparencyService/AddCosignature" => {
            check(message, |it: log::AddCosignatureRequest| Ok(it))
        }
        "transparency.v1.TransparencyService/GetCheckpoint" => {
            check(message, |it: log::GetCheckpointRequest| Ok(it))
        }
        "transparency.v1.TransparencyService/GetConsistencyProof" => {
            check(message, |it: log::GetConsistencyProofRequest| Ok(it))
        }
        "transparency.v1.TransparencyService/GetEntries" => {
            check(message, |it: log::GetEntriesRequest| Ok(it))
        }
        "transparency.v1.TransparencyService/GetInclusionProofs" => {
            check(message, |it| transparency::inclusion_params(&it))
        }
        "transparency.v1.TransparencyService/GetTile" => {
            check(message, |it: log::GetTileRequest| Ok(it))
        }
        "audit.v1.AuditService/VerifyAudit"
        | "keypackage.v1.KeyPackageService/CountKeyPackages" => check(message, |(): ()| Ok(())),
        _ => Err(Error::not_found("the method")),
    }
}

fn check<M: Message + Default, P>(bytes: &[u8], parse: impl FnOnce(M) -> Result<P>) -> Result<()> {
    let message =
        M::decode(bytes).map_err(|_| Error::malformed("message", "is not what it should be"))?;
    parse(message).map(drop)
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;

    #[test]
    fn every_published_method_is_read() {
        let set = prost_types::FileDescriptorSet::decode(relais_proto::DESCRIPTORS).unwrap();
        for file in &set.file {
            for service in &file.service {
                for method in &service.method {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    for message in [&b""[..], b"\xff"] {
                        let reason = check_request(&path, message).err().map(|it| it.reason);
                        assert_ne!(reason, Some(Reason::NotFound), "{path}");
                    }
                }
            }
        }
        let error = check_request("/relais.admin.v9.Root/Shell", b"").unwrap_err();
        assert_eq!(error.reason, Reason::NotFound);
    }
}
