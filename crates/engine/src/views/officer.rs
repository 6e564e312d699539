//! The officer's side: the key, and what it opens.

use bytes::Bytes;
use prost::Message as _;
use relais_mls::{Chain, OpeningKey};
use relais_proto::{audit, care, from_proto_time, to_proto_time};
use relais_types::{CaseId, DeviceName, EntryId, Error, OrgDomain, Reason, Result, Timestamp};
use zeroize::Zeroizing;

use super::{LABEL, purpose};
use crate::{
    account::Account,
    record::{self, OFFICER, OfficerRecord},
    signed,
    trust::Unproved,
};

/// Label of the statement that publishes an officer's key.
const STATEMENT: &str = "relais/officer-key/v1";

/// The secret of an officer's key, to be kept somewhere safe or given to another officer.
pub type OfficerSecret = Zeroizing<[u8; 32]>;

/// A view as the server kept it, opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedView {
    /// When the server received it.
    pub received_at: Timestamp,
    /// What it says, or why it cannot be believed.
    pub view: Result<View, String>,
}

/// That a person was shown entries of a case; signed by their device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The case.
    pub case: CaseId,
    /// The entries.
    pub entries: Vec<EntryId>,
    /// When, by the viewer's device's clock.
    pub at: Timestamp,
    /// The device, with its person and organisation, as its certificate names them.
    pub device: DeviceName,
}

impl Account {
    /// Makes a key for this organisation's officer and the request that publishes it. The secret
    /// stays in this account; earlier ones stay, too, because they open earlier views.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn create_officer_key(&mut self) -> Result<audit::PublishOfficerKeyRequest> {
        let key = OpeningKey::generate(&mut self.entropy).map_err(signed::mls)?;
        self.keep_officer_key(&key.seed())?;
        let statement = audit::OfficerKeyStatement {
            organisation: self.me.device.organisation.resource_name(),
            public_key: Bytes::copy_from_slice(&key.public()),
            create_time: Some(to_proto_time(self.now())),
        };
        let statement = Bytes::from(statement.encode_to_vec());
        let signature = self.mls.key().sign(STATEMENT, &statement);
        Ok(audit::PublishOfficerKeyRequest {
            request_id: self.request_id(),
            officer_key: Some(audit::OfficerKey {
                signature: Bytes::copy_from_slice(&signature),
                certificate_chain: self.mls.chain().certificates().to_vec(),
                statement,
            }),
        })
    }

    /// The secrets of the officer's keys that this account holds, oldest first.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn officer_secrets(&self) -> Result<Vec<OfficerSecret>> {
        let row: OfficerRecord = record::read(&self.state, OFFICER)?.unwrap_or_default();
        row.seeds
            .iter()
            .map(|seed| {
                let seed = seed.as_slice().try_into();
                seed.map(Zeroizing::new)
                    .map_err(|_| record::damaged("an officer key has the wrong length"))
            })
            .collect()
    }

    /// Takes over the secret of an officer's key that another account has made.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn keep_officer_key(&mut self, secret: &[u8; 32]) -> Result<()> {
        let mut row: OfficerRecord = record::read(&self.state, OFFICER)?.unwrap_or_default();
        if !row.seeds.iter().any(|seed| seed == secret) {
            row.seeds.push(secret.to_vec());
            record::write(&mut self.state, OFFICER.to_vec(), &row);
        }
        Ok(())
    }

    /// Opens and verifies a sealed view of this organisation's cases.
    ///
    /// # Errors
    /// `NOT_FOUND` if this account holds no officer's key; `INTERNAL` if the store is damaged.
    /// What cannot be opened or verified is told in the result.
    pub fn open_view(&self, view: &audit::SealedView) -> Result<OpenedView> {
        let secrets = self.officer_secrets()?;
        if secrets.is_empty() {
            return Err(Error::new(
                Reason::NotFound,
                "this account holds no officer's key: import it from the officer who made it, \
                 or make one for what comes from now on",
            ));
        }
        let received_at = from_proto_time("receive_time", &view.receive_time.unwrap_or_default())?;
        let own = &self.me.device.organisation;
        let opened = secrets.iter().rev().find_map(|seed| {
            let key = OpeningKey::from_seed(seed).ok()?;
            key.open(&purpose(own), &view.sealed).ok()
        });
        let view = match opened {
            Some(opened) => self.verify_view(&opened, own, received_at),
            None => Err("it was sealed to a key that this account does not hold".to_owned()),
        };
        Ok(OpenedView { received_at, view })
    }

    /// The certificate counts as of when the server received the view.
    fn verify_view(&self, opened: &[u8], own: &OrgDomain, at: Timestamp) -> Result<View, String> {
        let malformed = |_| "it is malformed".to_owned();
        let signed = care::SignedView::decode(opened).map_err(malformed)?;
        let chain = Chain::new(signed.certificate_chain).map_err(|error| error.to_string())?;
        let viewer = self
            .mls
            .anchors()
            .verify(&chain, at)
            .map_err(|error| format!("its signer's certificate does not verify: {error}"))?;
        relais_mls::verify(&viewer.public_key, LABEL, &signed.view, &signed.signature)
            .map_err(|_| "its signature does not verify".to_owned())?;
        let view = care::View::decode(signed.view).map_err(malformed)?;
        if view.custodian != own.resource_name() {
            return Err("it was made for another organisation".to_owned());
        }
        let problem = |error: Error| error.to_string();
        let entries = view
            .entry_ids
            .iter()
            .map(|id| EntryId::try_from(id.as_ref()));
        Ok(View {
            case: CaseId::try_from(view.case_id.as_ref()).map_err(problem)?,
            entries: entries.collect::<Result<_>>().map_err(problem)?,
            at: from_proto_time("view_time", &view.view_time.unwrap_or_default())
                .map_err(problem)?,
            device: viewer.device,
        })
    }

    /// The key, if a device of `organisation` says that it is its officer's, and that device: it
    /// still has to be in the transparency log.
    pub(super) fn verify_officer_key(
        &self,
        key: &audit::OfficerKey,
        organisation: &OrgDomain,
    ) -> Result<([u8; 32], Unproved), String> {
        let chain = Chain::new(key.certificate_chain.clone()).map_err(|error| error.to_string())?;
        let signer = self
            .mls
            .anchors()
            .verify(&chain, self.now())
            .map_err(|error| error.to_string())?;
        if signer.device.organisation != *organisation {
            return Err("a device of another organisation has signed it".to_owned());
        }
        relais_mls::verify(
            &signer.public_key,
            STATEMENT,
            &key.statement,
            &key.signature,
        )
        .map_err(|_| "its signature does not verify".to_owned())?;
        let statement = audit::OfficerKeyStatement::decode(key.statement.clone())
            .map_err(|_| "it is malformed".to_owned())?;
        if statement.organisation != organisation.resource_name() {
            return Err("it was made for another organisation".to_owned());
        }
        let key = statement.public_key.as_ref().try_into();
        let key = key.map_err(|_| "the key has the wrong length".to_owned())?;
        let signer = Unproved {
            fingerprint: chain.fingerprint(),
            device: signer.device,
        };
        Ok((key, signer))
    }
}
