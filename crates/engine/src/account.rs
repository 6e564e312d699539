//! The account: its state, its cases, and what goes in and out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use bytes::Bytes;
use relais_care::{CaseView, Logged};
use relais_mls::{Chain, Mls, State, TrustAnchors};
use relais_types::{
    CaseId, Clock, DeviceName, Entropy, Error, PractitionerName, Reason, RequestId, Result,
    Timestamp,
};

use crate::{
    certificates::Renewals,
    event::{Call, CallId, Effect, Event, Reply, Step, Update},
    prover::Prover,
    purpose::Purpose,
    record::{
        self, ACCOUNT, AccountRecord, CASE, CaseRecord, POSITION, PositionRecord, WithheldRecord,
    },
    signed,
    timers::Clearing,
    trust::{Doubt, Trust, Unproved},
    views::Views,
};

/// Whose account this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// This device.
    pub device: DeviceName,
    /// The person's name.
    pub display_name: String,
    /// The organisation's name.
    pub organisation_display_name: String,
    /// The profession code.
    pub profession: String,
}

impl Me {
    /// The person.
    pub fn practitioner(&self) -> PractitionerName {
        self.device.practitioner_name()
    }
}

/// One device's account; see the crate's documentation.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing about the connection, and all combinations occur"
)]
pub struct Account {
    pub(crate) mls: Mls,
    pub(crate) me: Me,
    /// The key that may propose removals in the groups that this account founds.
    pub(crate) removal_key: [u8; 32],
    pub(crate) state: State,
    pub(crate) cases: BTreeMap<CaseId, Conversation>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Box<dyn Entropy>,
    pub(crate) caught_up: bool,
    /// True once everything that the server had was read since the account was opened: before
    /// that a store that was restored from a copy would encrypt with keys that were used.
    pub(crate) has_read_all: bool,
    pub(crate) prover: Prover,
    effects: Vec<Effect>,
    calls: BTreeMap<CallId, Purpose>,
    next_call: u64,
    connected: bool,
    /// When key packages are to be published again.
    pub(crate) publish_again: Option<Timestamp>,
    /// True once the server has said that this device was revoked.
    pub(crate) is_revoked: bool,
    /// What is checked about the server.
    pub(crate) trust: Trust,
    pub(crate) views: Views,
    /// Who signed what the directory says of partnerships, while the log has to be asked.
    pub(crate) partner_signers: BTreeSet<Unproved>,
    /// The renewals of its certificates.
    pub(crate) renewals: Renewals,
    /// Timers that are being cleared.
    pub(crate) clearing: Clearing,
}

/// A case in memory.
pub(crate) struct Conversation {
    pub(crate) record: CaseRecord,
    pub(crate) position: PositionRecord,
    pub(crate) log: BTreeMap<u64, Logged>,
    pub(crate) view: CaseView,
    /// Entries from before this device joined that were not shared with it.
    pub(crate) withheld: BTreeMap<u64, WithheldRecord>,
    /// Entries whose authors are not proved to be in the transparency log.
    pub(crate) doubts: BTreeSet<Doubt>,
    /// When the next receipt is to be sent, if something is owed.
    pub(crate) receipt_due: Option<Timestamp>,
    /// The missing entry that was already asked for again.
    pub(crate) gap: Option<u64>,
    /// The handshake that could not be followed and was asked for again.
    pub(crate) asked_again: Option<u64>,
    /// When this device's turn comes to share what another one missed.
    pub(crate) share_due: Option<Timestamp>,
    /// When this device looks whether somebody's emergency access is over.
    pub(crate) emergency_due: Option<Timestamp>,
    in_flight: bool,
    pub(crate) failures: u32,
    pub(crate) paused_until: Option<Timestamp>,
}

impl Conversation {
    /// True if entries of it can be sent and read, now or once the device is back in step.
    pub(crate) fn is_open(&self) -> bool {
        !self.record.removed && !self.record.has_given_up() && self.record.doubt.is_none()
    }

    /// Makes no call of the case before `until`.
    pub(crate) fn rests_until(&mut self, until: Timestamp) {
        self.paused_until = Some(until);
    }

    pub(crate) fn new(case: CaseId, record: CaseRecord, position: PositionRecord) -> Self {
        Self {
            record,
            position,
            log: BTreeMap::new(),
            view: CaseView::reduce(case, []),
            withheld: BTreeMap::new(),
            doubts: BTreeSet::new(),
            receipt_due: None,
            gap: None,
            asked_again: None,
            share_due: None,
            emergency_due: None,
            in_flight: false,
            failures: 0,
            paused_until: None,
        }
    }
}

impl Account {
    /// Opens the account that `state` holds.
    ///
    /// A device whose certificate has expired opens, too: what it has stays readable, and it
    /// renews its certificate when it is connected.
    ///
    /// # Errors
    /// `NOT_FOUND` if nobody has enrolled here; `CREDENTIAL_INVALID` if the device's
    /// certificate never was good; `INTERNAL` if the store is damaged.
    pub fn open(state: State, clock: Arc<dyn Clock>, entropy: Box<dyn Entropy>) -> Result<Self> {
        let account: AccountRecord = record::read(&state, ACCOUNT)?.ok_or_else(|| {
            Error::new(
                Reason::NotFound,
                "nobody has enrolled here: enrol with an invitation code first",
            )
        })?;
        let anchors = TrustAnchors::from_der(&account.trust_anchors).map_err(signed::credential)?;
        let chain = Chain::new(account.certificate_chain).map_err(signed::credential)?;
        let mls = Mls::open(
            signed::key(&account.signature_seed)?,
            chain,
            anchors,
            clock.now(),
        )
        .map_err(signed::mls)?;
        let device: DeviceName = account.device.parse()?;
        let prover = Prover::new(device.device, signed::key(&account.device_seed)?);
        let mut opened = Self {
            mls,
            trust: Trust::open(&state)?,
            removal_key: signed::public_key(&account.removal_key)?,
            me: Me {
                device,
                display_name: account.display_name,
                organisation_display_name: account.organisation_display_name,
                profession: account.profession,
            },
            state,
            cases: BTreeMap::new(),
            clock,
            entropy,
            caught_up: false,
            has_read_all: false,
            prover,
            effects: Vec::new(),
            calls: BTreeMap::new(),
            next_call: 0,
            connected: false,
            publish_again: None,
            is_revoked: false,
            views: Views::default(),
            partner_signers: BTreeSet::new(),
            renewals: Renewals::default(),
            clearing: Clearing::default(),
        };
        opened.load_cases()?;
        opened.load_views();
        Ok(opened)
    }

    fn load_cases(&mut self) -> Result<()> {
        let rows: Vec<(CaseId, CaseRecord)> = self
            .state
            .scan(CASE)
            .map(|(key, value)| {
                Ok((
                    CaseId::try_from(&key[CASE.len()..])?,
                    record::decode(value)?,
                ))
            })
            .collect::<Result<_>>()?;
        for (case, row) in rows {
            let position: PositionRecord =
                record::read(&self.state, &record::key(POSITION, case))?.unwrap_or_default();
            let mut conversation = Conversation::new(case, row, position);
            (conversation.log, conversation.doubts) = self.load_log(case)?;
            conversation.withheld = self.load_withheld(case)?;
            conversation.reduce(case);
            self.cases.insert(case, conversation);
            self.schedule_receipt(case)?;
            self.schedule_share(case, None)?;
            self.schedule_emergencies(case)?;
        }
        Ok(())
    }

    /// Whose account this is.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// What proves this device to the server.
    pub fn prover(&self) -> &Prover {
        &self.prover
    }

    /// Takes in what happened.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged. Everything else that can go wrong with foreign
    /// input becomes an [`Update::Alarm`].
    pub fn handle(&mut self, event: Event) -> Result<Step> {
        match event {
            Event::Connected => {
                self.connected = true;
                self.trust_connected();
                self.renew_certificates()?;
                self.stock_key_packages()?;
                self.end_access()?;
            }
            Event::Disconnected => {
                self.connected = false;
                self.caught_up = false;
            }
            Event::Delivered {
                deliveries,
                caught_up,
            } => {
                self.caught_up = caught_up;
                self.receive(deliveries)?;
                self.has_read_all |= caught_up;
                self.end_access()?;
                if caught_up {
                    self.tell_overdue()?;
                    self.end_emergencies()?;
                }
            }
            Event::Revoked => {
                self.connected = false;
                self.caught_up = false;
                self.revoked();
            }
            Event::CertificateRefused => self.forget_transport(),
            Event::Replied(call, outcome) => self.replied(call, outcome)?,
            Event::Tick => {
                self.send_due_receipts()?;
                self.share_missed()?;
                self.end_emergencies()?;
                self.renew_certificates()?;
                self.retry_publishing()?;
                self.end_access()?;
            }
        }
        self.step()
    }

    /// What is to be written and done after a command.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn step(&mut self) -> Result<Step> {
        self.pump()?;
        self.look_for_own_devices();
        Ok(Step {
            writes: self.state.take_changes(),
            effects: std::mem::take(&mut self.effects),
        })
    }

    /// When [`Event::Tick`] is due, if nothing else happens before.
    pub fn next_wake_up(&self) -> Option<Timestamp> {
        let open = self.cases.values().filter(|case| !case.record.removed);
        let dues = open.flat_map(|case| {
            // A pause ends by itself only where a call could be made then.
            [
                case.receipt_due,
                case.share_due,
                case.emergency_due.filter(|_| self.is_up_to_date()),
                case.paused_until.filter(|_| self.connected),
            ]
        });
        let publish = self.publish_again.filter(|_| self.connected);
        let check = self.trust.paused_until.filter(|_| self.connected);
        let views = self.views_due().filter(|_| self.connected);
        let renewal = self.next_renewal().filter(|_| self.connected);
        let clearing = self.clearing.paused_until.filter(|_| self.connected);
        let consent = self.next_consent_end();
        dues.chain([publish, check, renewal, views, clearing, consent])
            .flatten()
            .min()
    }

    /// True if the server holds everything that was posted, the log has confirmed it, and
    /// nothing more was waiting when the subscription was last read.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn is_settled(&self) -> Result<bool> {
        Ok(self.connected && self.caught_up && self.calls.is_empty() && !self.is_working()?)
    }

    fn is_working(&self) -> Result<bool> {
        if self.has_views_to_send() || self.is_clearing_timers() || self.waits_for_partners() {
            return Ok(true);
        }
        for (case, conversation) in &self.cases {
            let goes_on = !self.is_stopped(*case) || self.is_clearing(*case)?;
            let open = conversation.is_open() && goes_on;
            let due = conversation
                .receipt_due
                .or(conversation.share_due)
                .is_some();
            if open && (due || self.has_work(*case)?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn request_id(&mut self) -> Bytes {
        RequestId::at(self.clock.now(), &mut self.entropy).into()
    }

    pub(crate) fn update(&mut self, update: Update) {
        if let Update::Members(case) | Update::Joined(case) = update {
            self.trust.roster_changed(case);
        }
        self.effects.push(Effect::Update(update));
    }

    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// The case, which the caller knows to exist.
    pub(crate) fn conversation(&self, case: CaseId) -> Result<&Conversation> {
        self.cases
            .get(&case)
            .ok_or_else(|| Error::not_found("the case"))
    }

    pub(crate) fn conversation_mut(&mut self, case: CaseId) -> Result<&mut Conversation> {
        self.cases
            .get_mut(&case)
            .ok_or_else(|| Error::not_found("the case"))
    }

    /// Makes a call; a case has at most one in flight, which keeps its entries in order.
    pub(crate) fn call(&mut self, purpose: Purpose, call: Call) {
        if let Some(conversation) = purpose.case().and_then(|case| self.cases.get_mut(&case)) {
            conversation.in_flight = true;
        }
        let id = CallId(self.next_call);
        self.next_call += 1;
        self.calls.insert(id, purpose);
        self.effects.push(Effect::Call(id, call));
    }

    /// True if a call like this is in flight.
    pub(crate) fn is_publishing(&self) -> bool {
        self.is_calling(|purpose| matches!(purpose, Purpose::Publish))
    }

    /// True if a call for such a purpose is in flight.
    pub(crate) fn is_calling(&self, such: impl Fn(&Purpose) -> bool) -> bool {
        self.calls.values().any(such)
    }

    /// True if everything that the server had was read on this connection.
    pub(crate) fn is_caught_up(&self) -> bool {
        self.caught_up
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connected
    }

    /// Moves every case that can move.
    fn pump(&mut self) -> Result<()> {
        if !self.connected || self.is_revoked || self.is_expired() {
            return Ok(());
        }
        let now = self.now();
        let ready: Vec<CaseId> = self
            .cases
            .iter_mut()
            .filter(|(_, case)| {
                !case.in_flight && !case.record.removed && case.record.doubt.is_none()
            })
            .filter_map(|(id, case)| {
                let waits = case.paused_until.is_some_and(|until| until > now);
                if !waits {
                    case.paused_until = None;
                }
                (!waits).then_some(*id)
            })
            .collect();
        for case in ready {
            self.pump_case(case)?;
        }
        self.pump_views()?;
        self.clear_next_timer()?;
        self.pump_trust()?;
        self.pump_reading();
        Ok(())
    }

    fn pump_case(&mut self, case: CaseId) -> Result<()> {
        if !self.may_send(case)? {
            self.clear_of_suspects(case)
        } else if self.conversation(case)?.record.genesis.is_some() {
            self.create_group(case)
        } else if self.recover(case)? || self.advance_plan(case)? {
            Ok(())
        } else {
            self.send_next(case)
        }
    }

    fn replied(&mut self, call: CallId, outcome: Result<Reply, Error>) -> Result<()> {
        let Some(purpose) = self.calls.remove(&call) else {
            return Ok(());
        };
        if let Some(conversation) = purpose.case().and_then(|case| self.cases.get_mut(&case)) {
            conversation.in_flight = false;
            if outcome.is_ok() {
                conversation.failures = 0;
            }
        }
        match (purpose, outcome) {
            (Purpose::Publish, Ok(Reply::PublishKeyPackages(_))) => self.published(),
            (Purpose::RenewTransport, Ok(Reply::RenewTransportCertificate(response))) => {
                self.transport_renewed(response.transport_certificate_chain)
            }
            (Purpose::RenewCredential, Ok(Reply::RenewCredential(response))) => {
                self.credential_renewed(response.certificate_chain)
            }
            (purpose @ (Purpose::RenewTransport | Purpose::RenewCredential), Err(error)) => {
                self.renewal_failed(&purpose, &error);
                Ok(())
            }
            (Purpose::Publish, Err(error)) => {
                self.publish_failed(&error);
                Ok(())
            }
            (Purpose::Claim { case, practitioner }, Ok(Reply::ClaimKeyPackages(response))) => {
                self.claimed(case, &practitioner, response)
            }
            (Purpose::CreateGroup { case }, Ok(Reply::CreateGroup(_))) => self.group_created(case),
            (Purpose::Commit { case }, Ok(Reply::Commit(_))) => self.commit_accepted(case),
            (Purpose::Send { case, order }, Ok(Reply::Send(sent))) => {
                self.send_accepted(case, order, sent.seq)
            }
            (Purpose::OfficerKey { organisation }, outcome) => {
                self.officer_replied(organisation, outcome)
            }
            (Purpose::RecordViews, outcome) => self.views_replied(outcome),
            (Purpose::ClearTimer { row }, outcome) => {
                self.timer_cleared(&row, outcome);
                Ok(())
            }
            (Purpose::GroupInfo { case }, Ok(Reply::GetGroupInfo(info))) => {
                self.group_info_came(case, &info)
            }
            (Purpose::Resync { case }, Ok(Reply::Commit(_))) => self.resync_accepted(case),
            (Purpose::Resync { case }, Err(error))
                if error.reason == Reason::RateLimited && error.metadata.contains_key("limit") =>
            {
                self.resync_refused(case, &error)
            }
            (purpose, Err(error)) if error.reason == Reason::DeviceRevoked => {
                // Nothing was refused for what it is: it stays where it was.
                self.pause(&purpose, None);
                self.revoked();
                Ok(())
            }
            (Purpose::Check(check), outcome) => self.checked(check, outcome),
            (Purpose::Leaves { start }, outcome) => self.leaves_came(start, outcome),
            (purpose, Err(error)) if is_transient(&error) => {
                self.pause(&purpose, error.retry_after);
                Ok(())
            }
            (Purpose::Claim { case, practitioner }, Err(error)) => {
                self.claim_refused(case, &practitioner, error)
            }
            (Purpose::CreateGroup { case }, Err(error)) => self.group_refused(case, error),
            (Purpose::Commit { case }, Err(error)) => self.commit_refused(case, error),
            (Purpose::Send { case, order }, Err(error)) => self.send_refused(case, order, error),
            (Purpose::GroupInfo { case } | Purpose::Resync { case }, Err(error)) => {
                self.resync_refused(case, &error)
            }
            (purpose, Ok(_)) => Err(Error::internal(format!(
                "the reply does not belong to {purpose:?}"
            ))),
        }
    }
}

/// True if the call may have been carried out, or may be later: it is made again with the same
/// bytes and the same request id. Only a definite answer of the server is final.
pub(crate) fn is_transient(error: &Error) -> bool {
    use relais_types::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::Unavailable
            | ErrorKind::Internal
            | ErrorKind::DeadlineExceeded
            | ErrorKind::ResourceExhausted
            | ErrorKind::Unauthenticated
    )
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("device", &self.me.device)
            .field("cases", &self.cases.len())
            .field("connected", &self.connected)
            .finish_non_exhaustive()
    }
}
