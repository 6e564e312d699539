//! The table of methods: who may call without a token, how much may come in, how long it
//! may take. A method that is not in it does not exist.

use std::{collections::HashMap, sync::Arc, time::Duration};

use relais_service::Limits;
use tonic::Status;

use super::{Next, Request, Response, summary};

/// Who may call a method at all; what exactly they may do is decided in the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody; neither a certificate nor a token is looked at.
    Anybody,
    /// Devices, by a certificate or a token with a proof, and the operator, by a token.
    Token,
}

/// Which bucket a call draws from, besides those of its device and its organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// None: health and reflection.
    Open,
    /// Enrolment, by address.
    Enrol,
    /// Challenges and tokens, and what signing agents call, by address.
    SignIn,
    /// None of its own: what a device does for itself.
    Read,
    /// Certificates renewed, by device.
    Renew,
    /// Messages, by device.
    Send,
    /// Commits, by device and group.
    Commit,
    /// New groups, by device.
    CreateGroup,
    /// Publishing key packages, by device.
    Publish,
    /// Claiming key packages, by device and practitioner.
    Claim,
    /// Looking people and services up, by device.
    Directory,
    /// What administrators and the operator do.
    Admin,
}

/// What one method allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Who may call.
    pub(crate) access: Access,
    /// Which rate limit applies.
    pub(crate) class: Class,
    /// Bytes of the request message.
    pub(crate) max_bytes: usize,
    /// Until the response, or for a stream until it begins.
    pub(crate) deadline: Duration,
    /// The response is a stream without an end of its own.
    pub(crate) stream: bool,
    /// The request is one, too.
    pub(crate) open_ended: bool,
}

/// Every method by its path, `/package.Service/Method`.
#[derive(Debug)]
pub(crate) struct Methods(HashMap<&'static str, Policy>);

const KIB: usize = 1024;
/// Room for the fields around the one that makes a message large.
const ENVELOPE: usize = KIB;

impl Methods {
    /// The table under `limits`; reflection only for developers.
    #[expect(clippy::too_many_lines, reason = "one row for each method")]
    pub(crate) fn new(limits: &Limits, development: bool) -> Self {
        use Access::{Anybody, Token};
        use Class::{
            Admin, Claim, Commit, CreateGroup, Directory, Enrol, Open, Publish, Read, Renew, Send,
            SignIn,
        };
        let send = limits.message_bytes + timers(limits) + ENVELOPE;
        // A commit, its Welcome and its GroupInfo.
        let commit = 3 * limits.handshake_bytes + ENVELOPE;
        // A group of one member.
        let group = limits.handshake_bytes + ENVELOPE;
        let publish = limits.key_packages_per_call * limits.key_package_bytes + ENVELOPE;
        // A thousand fingerprints.
        let proofs = 1_000 * 36 + ENVELOPE;
        // An organisation that holds its own authority is asked while the call waits.
        let authority = limits.authority_timeout().as_secs();
        let cursors = limits.cursors * 32 + ENVELOPE;
        let call = |path, access, class, max_bytes, seconds| {
            let policy = Policy {
                access,
                class,
                max_bytes,
                deadline: Duration::from_secs(seconds),
                stream: false,
                open_ended: false,
            };
            (path, policy)
        };
        let stream = |path, access, class, max_bytes, seconds| {
            let (path, policy) = call(path, access, class, max_bytes, seconds);
            let policy = Policy {
                stream: true,
                ..policy
            };
            (path, policy)
        };
        #[rustfmt::skip]
        let mut table = vec![
            call("/relais.identity.v1.IdentityService/CreateInvitation", Token, Admin, 16 * KIB, 10),
            call("/relais.identity.v1.IdentityService/Enrol", Anybody, Enrol, 16 * KIB, 10 + 2 * authority),
            call("/relais.identity.v1.IdentityService/CreateChallenge", Anybody, SignIn, KIB, 5),
            call("/relais.identity.v1.IdentityService/CreateToken", Anybody, SignIn, KIB, 5),
            call("/relais.identity.v1.IdentityService/RenewTransportCertificate", Token, Renew, KIB, 10 + authority),
            call("/relais.identity.v1.IdentityService/RenewCredential", Token, Renew, KIB, 10 + authority),
            call("/relais.identity.v1.IdentityService/StepUp", Token, Admin, KIB, 5),
            call("/relais.identity.v1.IdentityService/RevokeDevice", Token, Admin, 4 * KIB, 30),
            call("/relais.identity.v1.IdentityService/RevokePractitioner", Token, Admin, 4 * KIB, 30),
            call("/relais.identity.v1.IdentityService/SetIdentityProvider", Token, Admin, 16 * KIB, 10),
            call("/relais.identity.v1.IdentityService/GetIdentityProvider", Anybody, SignIn, KIB, 5),
            call("/relais.identity.v1.IdentityService/EnrolWithIdentityProvider", Anybody, Enrol, 32 * KIB, 15 + 2 * authority),
            call("/relais.identity.v1.IdentityService/CreateScimToken", Token, Admin, KIB, 10),
            call("/relais.identity.v1.SigningService/CreateSigningChallenge", Anybody, SignIn, KIB, 5),
            stream("/relais.identity.v1.SigningService/SubscribeSigning", Anybody, SignIn, 4 * KIB, 5),
            call("/relais.identity.v1.SigningService/CompleteSigning", Anybody, SignIn, 8 * KIB, 10),
            call("/relais.identity.v1.SigningService/RefuseSigning", Anybody, SignIn, 4 * KIB, 10),
            call("/relais.directory.v1.DirectoryService/CreateOrganisation", Token, Admin, 4 * KIB, 10),
            call("/relais.directory.v1.DirectoryService/CertifyOrganisation", Token, Admin, 8 * KIB, 10),
            call("/relais.directory.v1.DirectoryService/ListOrganisations", Token, Directory, 4 * KIB, 3),
            call("/relais.directory.v1.DirectoryService/SearchPractitioners", Token, Directory, 4 * KIB, 3),
            call("/relais.directory.v1.DirectoryService/ListMembers", Token, Admin, 4 * KIB, 3),
            call("/relais.directory.v1.DirectoryService/CreateService", Token, Admin, 32 * KIB, 10),
            call("/relais.directory.v1.DirectoryService/SearchServices", Token, Directory, 4 * KIB, 3),
            call("/relais.directory.v1.DirectoryService/SignPartnership", Token, Admin, 16 * KIB, 10),
            call("/relais.directory.v1.DirectoryService/ListPartnerships", Token, Directory, KIB, 5),
            call("/relais.directory.v1.DirectoryService/PublishAdherence", Token, Directory, 16 * KIB, 10),
            call("/relais.directory.v1.DirectoryService/ListAdherence", Token, Directory, KIB, 5),
            call("/relais.keypackage.v1.KeyPackageService/PublishKeyPackages", Token, Publish, publish, 10),
            call("/relais.keypackage.v1.KeyPackageService/ClaimKeyPackages", Token, Claim, 4 * KIB, 5),
            call("/relais.keypackage.v1.KeyPackageService/CountKeyPackages", Token, Read, KIB, 5),
            call("/relais.delivery.v1.DeliveryService/CreateGroup", Token, CreateGroup, group, 10),
            call("/relais.delivery.v1.DeliveryService/Commit", Token, Commit, commit, 10),
            call("/relais.delivery.v1.DeliveryService/Send", Token, Send, send, 5),
            call("/relais.delivery.v1.DeliveryService/ClearTimer", Token, Send, KIB, 5),
            call("/relais.delivery.v1.DeliveryService/Sync", Token, Read, cursors, 5),
            stream("/relais.delivery.v1.DeliveryService/Subscribe", Token, Read, cursors, 5),
            call("/relais.delivery.v1.DeliveryService/Ack", Token, Read, cursors, 5),
            call("/relais.delivery.v1.DeliveryService/GetGroupInfo", Token, Read, KIB, 5),
            call("/relais.audit.v1.AuditService/VerifyAudit", Token, Admin, KIB, 30),
            call("/relais.audit.v1.AuditService/ListAuditEvents", Token, Admin, 4 * KIB, 30),
            call("/relais.transparency.v1.TransparencyService/GetCheckpoint", Token, Read, KIB, 5),
            call("/relais.transparency.v1.TransparencyService/GetInclusionProofs", Token, Read, proofs, 10),
            call("/relais.transparency.v1.TransparencyService/GetConsistencyProof", Token, Read, KIB, 5),
            call("/relais.transparency.v1.TransparencyService/GetTile", Token, Read, KIB, 5),
            call("/relais.transparency.v1.TransparencyService/GetEntries", Token, Read, KIB, 5),
            call("/relais.transparency.v1.TransparencyService/AddCosignature", Token, Read, 4 * KIB, 5),
            call("/relais.audit.v1.AuditService/PublishOfficerKey", Token, Admin, 16 * KIB, 10),
            call("/relais.audit.v1.AuditService/GetOfficerKey", Token, Directory, KIB, 5),
            call("/relais.audit.v1.AuditService/RecordViews", Token, Send, 16 * 25 * KIB, 10),
            call("/relais.audit.v1.AuditService/ListViews", Token, Admin, 4 * KIB, 30),
            call("/grpc.health.v1.Health/Check", Anybody, Open, KIB, 5),
            stream("/grpc.health.v1.Health/Watch", Anybody, Open, KIB, 5),
        ];
        if development {
            let (path, policy) = stream(
                "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                Anybody,
                Open,
                4 * KIB,
                5,
            );
            table.push((
                path,
                Policy {
                    open_ended: true,
                    ..policy
                },
            ));
        }
        Self(table.into_iter().collect())
    }

    /// What `path` allows, if there is such a method.
    pub(crate) fn get(&self, path: &str) -> Option<Policy> {
        self.0.get(path).copied()
    }

    /// The largest request of a service, as the bound of its decoder.
    pub(crate) fn largest(&self, service: &str) -> usize {
        let of_service = self.0.iter().filter(|(path, _)| {
            path.strip_prefix('/')
                .and_then(|path| path.split_once('/'))
                .is_some_and(|(name, _)| name == service)
        });
        of_service
            .map(|(_, policy)| policy.max_bytes)
            .max()
            .unwrap_or(KIB)
    }
}

/// Bytes of a message's timers: sixteen and a tag for each device, and what else they say.
const fn timers(limits: &Limits) -> usize {
    limits.timers_per_message * (limits.timer_devices * 18 + 64)
}

/// Leaves the method's [`Policy`] in the request's extensions.
pub(super) async fn recognise(methods: Arc<Methods>, mut request: Request, next: Next) -> Response {
    match methods.get(request.uri().path()) {
        Some(policy) => {
            summary::record_method(request.uri().path());
            request.extensions_mut().insert(policy);
            next.run(request).await
        }
        None => Status::unimplemented(
            "there is no such method: compare the client's version of the API with the server's",
        )
        .into_http(),
    }
}

/// What [`recognise`] found.
pub(crate) fn policy(request: &Request) -> Option<Policy> {
    request.extensions().get::<Policy>().copied()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    #[test]
    fn the_table_covers_every_published_method_and_no_other() {
        let set = prost_types::FileDescriptorSet::decode(relais_proto::DESCRIPTORS).unwrap();
        let mut published: Vec<(String, bool)> = set
            .file
            .iter()
            .flat_map(|file| file.service.iter().map(move |service| (file, service)))
            .flat_map(|(file, service)| {
                service.method.iter().map(move |method| {
                    let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                    (path, method.server_streaming())
                })
            })
            .collect();
        published.sort();
        let methods = Methods::new(&Limits::default(), true);
        let mut ours: Vec<(String, bool)> = methods
            .0
            .iter()
            .filter(|(path, _)| path.starts_with("/relais."))
            .map(|(path, policy)| ((*path).to_owned(), policy.stream))
            .collect();
        ours.sort();
        assert_eq!(ours, published);
    }

    #[test]
    fn the_table_as_reviewed() {
        let methods = Methods::new(&Limits::default(), true);
        let mut lines: Vec<String> = methods
            .0
            .iter()
            .map(|(path, policy)| {
                format!(
                    "{path} {:?} {:?} {} bytes {} s{}",
                    policy.access,
                    policy.class,
                    policy.max_bytes,
                    policy.deadline.as_secs(),
                    if policy.stream { " stream" } else { "" }
                )
            })
            .collect();
        lines.sort();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn reflection_is_for_developers() {
        let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
        assert!(Methods::new(&Limits::default(), true).get(path).is_some());
        assert!(Methods::new(&Limits::default(), false).get(path).is_none());
    }
}
