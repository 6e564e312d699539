//! The signing agent: it connects to the server from inside the organisation, and answers.

use std::time::Duration;

use bytes::Bytes;
use relais_mls::Chain;
use relais_proto::identity::{self as pb, CertificateKind};
use relais_types::{Clock as _, Entropy as _, OsEntropy, Reason, SystemClock};

use super::{
    Authority, Enquiry, Rules, Signed,
    check::{self, Checked, Verdict},
    internal,
    journal::Journal,
};
use crate::{Endpoint, Error, transport::Transport};

/// Label of the proof that opens the stream.
const PROOF: &str = "relais/authority/v1";
/// First and longest pause between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Something that happened to an agent.
#[derive(Clone, Debug)]
pub enum AgentEvent {
    /// The server has accepted the authority's key; requests come from now on.
    Connected,
    /// The stream has ended, or could not be opened; the next attempt follows.
    Disconnected(Error),
    /// A certificate was signed, written down and handed over.
    Certified(Signed),
    /// A request was refused.
    Refused {
        /// The device that it named.
        device: String,
        /// Why.
        why: String,
    },
    /// An answer did not reach anybody who waited for it.
    TooLate {
        /// The device.
        device: String,
    },
}

/// Answers the requests that wait for one organisation's authority.
#[derive(Debug)]
pub struct Agent {
    authority: Authority,
    rules: Rules,
    transport: Transport,
}

impl Agent {
    /// An agent for `authority` of the server at `endpoint`.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` unless the address begins with https://, [`Error::Unreachable`] if it is
    /// no address; [`Error::Store`] if the log of certificates is not intact.
    pub fn new(authority: Authority, endpoint: &Endpoint, rules: Rules) -> Result<Self, Error> {
        authority.folder.signed()?;
        Ok(Self {
            authority,
            rules,
            transport: Transport::anonymous(endpoint)?,
        })
    }

    /// Works until `tell` says that nobody listens any more, or the log cannot be written.
    /// A connection that ends is opened again, with jitter.
    ///
    /// `ask` decides about devices that nobody has announced, if the rules say so. It may take
    /// its time, but whoever enrols waits for half a minute at most.
    ///
    /// # Errors
    /// [`Error::Store`] if the folder's files cannot be read or written.
    pub async fn run(
        &self,
        mut ask: impl AsyncFnMut(&Enquiry) -> bool,
        mut tell: impl AsyncFnMut(AgentEvent) -> bool,
    ) -> Result<(), Error> {
        let mut failures = 0;
        loop {
            let ended = match self.subscribe().await {
                Ok(mut stream) => loop {
                    match stream.message().await {
                        Ok(Some(pb::SubscribeSigningResponse {
                            request: Some(request),
                        })) => {
                            let event = self.answer(&request, &mut ask).await?;
                            if !tell(event).await {
                                return Ok(());
                            }
                        }
                        Ok(Some(_)) => {
                            failures = 0;
                            if !tell(AgentEvent::Connected).await {
                                return Ok(());
                            }
                        }
                        Ok(None) => break Error::Closed,
                        Err(status) => break self.transport.refused(&status),
                    }
                },
                Err(error) => error,
            };
            let hint = match &ended {
                Error::Refused(error) => error.retry_after.unwrap_or_default(),
                _ => Duration::ZERO,
            };
            if !tell(AgentEvent::Disconnected(ended)).await {
                return Ok(());
            }
            failures += 1;
            tokio::time::sleep(hint + pause(failures)).await;
        }
    }

    async fn subscribe(&self) -> Result<tonic::Streaming<pb::SubscribeSigningResponse>, Error> {
        let organisation = self.authority.organisation();
        let name = organisation.resource_name();
        let request = self
            .transport
            .unary(pb::CreateSigningChallengeRequest {
                organisation: name.clone(),
            })
            .await?;
        let refused = |status| self.transport.refused(&status);
        let mut signing = self.transport.signing();
        let challenge = signing.create_signing_challenge(request).await;
        let challenge = challenge.map_err(refused)?.into_inner().challenge;
        let message = [organisation.as_str().as_bytes(), &[0], &challenge].concat();
        let signature = self.authority.key.sign(PROOF, &message).map_err(internal)?;
        let request = pb::SubscribeSigningRequest {
            organisation: name,
            challenge,
            signature: Bytes::copy_from_slice(&signature),
        };
        let stream = signing
            .subscribe_signing(self.transport.stream(request).await?)
            .await;
        stream
            .map(tonic::Response::into_inner)
            .map_err(|status| self.transport.refused(&status))
    }

    /// Decides, signs and writes down, then answers.
    async fn answer(
        &self,
        request: &pb::SigningRequest,
        ask: &mut impl AsyncFnMut(&Enquiry) -> bool,
    ) -> Result<AgentEvent, Error> {
        let signing_id = request.signing_id.clone();
        let refusal = match self.decide(request, ask).await? {
            Ok((chain, line)) => {
                let message = pb::CompleteSigningRequest {
                    signing_id,
                    certificate_chain: chain.certificates().to_vec(),
                };
                let call = self.transport.unary(message).await?;
                let answered = self.transport.signing().complete_signing(call).await;
                return Ok(match answered {
                    Ok(_) => AgentEvent::Certified(line),
                    Err(status) => self.unanswered(line.device, &status),
                });
            }
            Err(why) => why,
        };
        let message = pb::RefuseSigningRequest {
            signing_id,
            explanation: refusal.to_owned(),
        };
        let call = self.transport.unary(message).await?;
        let device = request.device.clone();
        let answered = self.transport.signing().refuse_signing(call).await;
        Ok(match answered {
            Ok(_) => AgentEvent::Refused {
                device,
                why: refusal.to_owned(),
            },
            Err(status) => self.unanswered(device, &status),
        })
    }

    fn unanswered(&self, device: String, status: &tonic::Status) -> AgentEvent {
        match self.transport.refused(status) {
            Error::Refused(error) if error.reason == Reason::NotFound => {
                AgentEvent::TooLate { device }
            }
            error => AgentEvent::Refused {
                device,
                why: error.to_string(),
            },
        }
    }

    /// The certificate and its line in the log, or why not.
    async fn decide(
        &self,
        request: &pb::SigningRequest,
        ask: &mut impl AsyncFnMut(&Enquiry) -> bool,
    ) -> Result<Result<(Chain, Signed), &'static str>, Error> {
        let checked = match check::read(request, self.authority.organisation()) {
            Ok(checked) => checked,
            Err(why) => return Ok(Err(why)),
        };
        let folder = &self.authority.folder;
        let verdict = |rules: Rules, signed: &[Signed]| -> Result<Verdict, Error> {
            let invitation = checked.enrolment.as_ref().map(|new| &new.invitation);
            let expected = match invitation {
                Some(digest) => folder.expects(digest)?,
                None => None,
            };
            let now = SystemClock.now();
            Ok(check::judge(&checked, signed, expected, rules, now))
        };
        let mut rules = self.rules;
        let signed = folder.signed()?;
        let asked = verdict(rules, &signed)? == Verdict::Ask;
        if asked {
            let enquiry = Enquiry {
                known_as: check::known_as(&signed, &checked.device),
                ..checked.enquiry()
            };
            if !ask(&enquiry).await {
                return Ok(Err("the organisation does not know of this device"));
            }
            rules = Rules {
                ask: false,
                allow_enrolment: true,
                per_hour: u32::MAX,
            };
        }
        // Decided again under the log's lock: other agents of this folder sign, too.
        let mut journal = Journal::open(&folder.file("certificates.log"))?;
        let because = match verdict(rules, &journal.read()?)? {
            Verdict::Sign("allowed") if asked => "asked",
            Verdict::Sign(because) => because,
            Verdict::Refuse(why) => return Ok(Err(why)),
            Verdict::Ask => return Ok(Err("the organisation was not asked")),
        };
        let chain = self.sign(&checked)?;
        let line = journal.append(checked.line(&chain, because))?;
        Ok(Ok((chain, line)))
    }

    fn sign(&self, checked: &Checked) -> Result<Chain, Error> {
        let (signer, now) = (&self.authority.signer, SystemClock.now());
        let (device, key) = (&checked.device, &checked.public_key);
        match checked.kind {
            CertificateKind::Transport => signer.issue_transport(device, key, now),
            _ => signer.issue(device, key, now),
        }
        .map_err(internal)
    }
}

impl Checked {
    fn enquiry(&self) -> Enquiry {
        self.enrolment.as_ref().map_or_else(
            || Enquiry {
                device: self.device.clone(),
                known_as: None,
                display_name: String::new(),
                profession: String::new(),
                device_label: String::new(),
            },
            |new| new.enquiry.clone(),
        )
    }

    fn line(&self, chain: &Chain, because: &str) -> Signed {
        let enquiry = self.enquiry();
        let enrolment = self.enrolment.as_ref();
        Signed {
            number: 0,
            at_micros: SystemClock.now().as_micros(),
            kind: check::name(self.kind).to_owned(),
            device: self.device.to_string(),
            public_key: hex::encode(self.public_key),
            certificate: hex::encode(chain.fingerprint()),
            because: because.to_owned(),
            invitation: enrolment.map_or_else(String::new, |new| hex::encode(new.invitation)),
            keys: enrolment.map_or_else(String::new, |new| new.keys.clone()),
            display_name: enquiry.display_name,
            device_label: enquiry.device_label,
            previous: String::new(),
        }
    }
}

/// Grows with every failure, with full jitter.
fn pause(failures: u32) -> Duration {
    let ceiling = LONGEST_PAUSE.min(FIRST_PAUSE * (1 << failures.min(8)));
    let spread = u32::from_be_bytes(OsEntropy.bytes());
    FIRST_PAUSE / 4 + ceiling.mul_f64(f64::from(spread) / f64::from(u32::MAX))
}
