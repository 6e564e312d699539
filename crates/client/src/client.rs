//! An account, open.

use std::{path::PathBuf, sync::Arc, time::Duration};

use prost::Message as _;
use relais_care::Marked;
use relais_engine::{
    Account, CaseSummary, Enrolment, Evidence, Me, NewDevice, Opening, Overdue, QuietHours,
    Snoozed, Update,
};
use relais_mls::State;
use relais_proto::identity;
use relais_types::{CaseId, Clock as _, DeviceId, ErrorKind, OsEntropy, SystemClock};
use secrecy::SecretString;
use tokio::{sync::broadcast, task::JoinHandle};

use crate::{
    Case, Directory, Endpoint, Error, Officer, Partners, TransparencyLog,
    driver::{self, Handle},
    store::Store,
    subscription::Link,
    transport::Transport,
    vault::{Header, Vault},
};

/// Row that holds the [`Endpoint`] of the account.
const ENDPOINT: &[u8] = b"client/endpoint";

/// How long an enrolment may take.
pub(crate) const ENROLMENT: Duration = Duration::from_secs(75);

/// What a new device needs to enrol.
#[derive(Clone, Debug)]
pub struct EnrolOptions {
    /// Where the account's store is made.
    pub store: PathBuf,
    /// Seals the store; whoever loses it enrols again.
    pub passphrase: SecretString,
    /// The server.
    pub endpoint: Endpoint,
    /// The invitation code.
    pub code: String,
    /// What its owner calls the device.
    pub device_label: String,
}

/// One account, open and connected (or connecting).
///
/// Everything that is posted is durable when the call returns, and is sent as soon as the
/// server can be reached; [`Client::settle`] waits for that. Close the account with
/// [`Client::close`].
#[derive(Debug)]
pub struct Client {
    handle: Handle,
    transport: Transport,
    me: Me,
    header: Header,
    driver: JoinHandle<Result<(), Error>>,
}

impl Client {
    /// Enrols a new device and opens its account.
    ///
    /// If the answer is lost, call it again with the same code and store: the same
    /// enrolment is completed.
    ///
    /// # Errors
    /// `NOT_FOUND`, `INVITATION_USED` or `INVITATION_EXPIRED` for the code,
    /// [`Error::Unreachable`], `ALREADY_EXISTS` if the store holds an account.
    pub async fn enrol(options: EnrolOptions) -> Result<Self, Error> {
        let transport = Transport::anonymous(&options.endpoint)?;
        let is_new = !options.store.exists();
        let store = Store::open(&options.store, &options.passphrase, true).await?;
        match Self::enrol_into(store, &transport, &options).await {
            // The server said no for good: nothing that is worth keeping was made. If it only
            // cannot answer now, the same keys are enrolled the next time.
            Err(error @ Error::Refused(_)) if is_new && error.kind() != ErrorKind::Unavailable => {
                Store::remove(&options.store);
                Err(error)
            }
            outcome => outcome,
        }
    }

    async fn enrol_into(
        mut store: Store,
        transport: &Transport,
        options: &EnrolOptions,
    ) -> Result<Self, Error> {
        let mut state = State::from_rows(store.load().await?);
        let code = options.code.trim();
        let enrolment = Enrolment::begin(
            &mut state,
            code,
            &options.device_label,
            SystemClock.now(),
            &mut OsEntropy,
        )?;
        store.write(&state.take_changes()).await?;
        let mut request = transport.unary(enrolment.request()?).await?;
        // An organisation that holds its own authority is asked, and may ask a person.
        request.set_timeout(ENROLMENT);
        let response = transport
            .identity()
            .enrol(request)
            .await
            .map_err(|status| transport.refused(&status))?;
        let endpoint = &options.endpoint;
        Self::enrolled(state, store, endpoint, enrolment, response.into_inner()).await
    }

    /// Stores the account that an enrolment has led to, and opens it.
    pub(crate) async fn enrolled(
        mut state: State,
        mut store: Store,
        endpoint: &Endpoint,
        enrolment: Enrolment,
        response: identity::EnrolResponse,
    ) -> Result<Self, Error> {
        enrolment.finish(&mut state, response, SystemClock.now())?;
        state.put(ENDPOINT.to_vec(), endpoint.encode_to_vec());
        store.write(&state.take_changes()).await?;
        Self::start(state, store, endpoint)
    }

    /// Opens an account; works without the server, and connects when it can.
    ///
    /// # Errors
    /// [`Error::NoAccount`], [`Error::WrongPassphrase`], [`Error::InUse`], [`Error::Store`].
    pub async fn open(store: impl Into<PathBuf>, passphrase: &SecretString) -> Result<Self, Error> {
        let path = store.into();
        let mut store = Store::open(&path, passphrase, false).await?;
        let state = State::from_rows(store.load().await?);
        let endpoint = state.get(ENDPOINT).ok_or(Error::NoAccount(path))?;
        let endpoint = Endpoint::decode(endpoint).map_err(|_| {
            Error::Store("the store is damaged (its endpoint): restore it from a backup".to_owned())
        })?;
        Self::start(state, store, &endpoint)
    }

    fn start(state: State, store: Store, endpoint: &Endpoint) -> Result<Self, Error> {
        let account = Account::open(state, Arc::new(SystemClock), Box::new(OsEntropy))?;
        let me = account.me().clone();
        let transport = Transport::device(endpoint, account.prover().clone())?;
        if let Some(certificate) = account.transport_certificate()? {
            transport.certify(&certificate)?;
        }
        let header = store.header().clone();
        let (handle, driver) = driver::start(account, store, transport.clone());
        Ok(Self {
            handle,
            transport,
            me,
            header,
            driver,
        })
    }

    /// Whose account this is.
    pub fn me(&self) -> &Me {
        &self.me
    }

    /// Waits until the server is reached.
    ///
    /// # Errors
    /// The reason of the last attempt if it takes longer than `patience`.
    pub async fn connected(&self, patience: Duration) -> Result<(), Error> {
        let mut link = self.handle.link();
        let up = link.wait_for(|link| matches!(link, Link::Up));
        if let Ok(reached) = tokio::time::timeout(patience, up).await {
            return reached.map(drop).map_err(|_| Error::Closed);
        }
        let last = self.handle.link().borrow().clone();
        match last {
            Link::Down(error) => Err(error),
            _ => Err(Error::TimedOut(
                "the server did not answer in time: try again".to_owned(),
            )),
        }
    }

    /// Waits until the server holds everything that was posted and nothing is left to read.
    ///
    /// # Errors
    /// [`Error::TimedOut`] after `patience`; what was posted stays in the outbox.
    pub async fn settle(&self, patience: Duration) -> Result<(), Error> {
        // A command that was just given may not have been looked at.
        self.handle.with(|_| Ok(())).await?;
        let mut settled = self.handle.settled();
        match tokio::time::timeout(patience, settled.wait_for(|settled| *settled)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(Error::Closed),
            Err(_) => match self.connected(Duration::ZERO).await {
                Err(error @ Error::Unreachable { .. }) => Err(error),
                _ => Err(Error::TimedOut(
                    "not everything could be sent in time; it stays in the outbox and is sent next time".to_owned(),
                )),
            },
        }
    }

    /// The account's cases, the most recent last.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn cases(&self) -> Result<Vec<CaseSummary>, Error> {
        self.handle.with(|account| Ok(account.summaries())).await
    }

    /// A case by its id.
    ///
    /// # Errors
    /// `NOT_FOUND` if the device is not and never was in it.
    pub async fn case(&self, id: CaseId) -> Result<Case, Error> {
        self.handle
            .with(move |account| account.view(id).map(drop))
            .await?;
        Ok(Case::new(id, self.handle.clone()))
    }

    /// Opens a case and adds its team.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` if the opening is not complete.
    pub async fn open_case(&self, opening: Opening) -> Result<Case, Error> {
        let id = self
            .handle
            .with(move |account| account.open_case(&opening))
            .await?;
        Ok(Case::new(id, self.handle.clone()))
    }

    /// What happens in this account from now on.
    pub fn updates(&self) -> broadcast::Receiver<Update> {
        self.handle.updates()
    }

    /// The devices that were enrolled in this person's name and that they have not seen yet,
    /// oldest first.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn new_devices(&self) -> Result<Vec<NewDevice>, Error> {
        self.handle.with(|account| account.new_devices()).await
    }

    /// What was not acknowledged in time and concerns this person, the oldest first.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn overdue(&self) -> Result<Vec<Overdue>, Error> {
        self.handle.with(|account| account.overdue()).await
    }

    /// When this person wants to be left in peace; `None` if they have not said.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn quiet_hours(&self) -> Result<Option<QuietHours>, Error> {
        self.handle.with(|account| account.quiet_hours()).await
    }

    /// Sets the quiet hours of this account, or ends them.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn set_quiet_hours(&self, quiet: Option<QuietHours>) -> Result<(), Error> {
        self.handle
            .with(move |account| {
                account.set_quiet_hours(quiet);
                Ok(())
            })
            .await
    }

    /// What this person does not want to see for a while; only this device knows.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn snoozed(&self) -> Result<Vec<Snoozed>, Error> {
        self.handle.with(|account| account.snoozed()).await
    }

    /// What in this text can tell who a patient is: those of this account's cases, and what
    /// identifiers look like.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn identifiers_in(&self, text: &str) -> Result<Vec<Marked>, Error> {
        let text = text.to_owned();
        self.handle
            .with(move |account| Ok(account.identifiers_in(&text)))
            .await
    }

    /// The person has seen that a device was enrolled in their name.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn saw_new_device(&self, device: DeviceId) -> Result<(), Error> {
        self.handle
            .with(move |account| {
                account.saw_new_device(device);
                Ok(())
            })
            .await
    }

    /// Proves to the server that the person is at the device: what administrators and officers
    /// do needs that, and it counts for five minutes for this client and for every
    /// [`Directory`] and [`Audit`](crate::Audit) that it gave.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], and nothing was asked of the server; else
    /// [`Error::Unreachable`], or the server's reason.
    pub async fn step_up(&self, passphrase: &SecretString) -> Result<(), Error> {
        Vault::check(passphrase, &self.header).await?;
        self.transport.step_up().await
    }

    /// The directory of organisations, people and services.
    pub fn directory(&self) -> Directory {
        Directory::new(self.transport.clone())
    }

    /// How this person's organisation stands to others.
    pub fn partners(&self) -> Partners {
        Partners::new(self.handle.clone(), self.transport.clone(), &self.me)
    }

    /// What this device has found out against the server or members, oldest first. What stands
    /// stops sending.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn evidence(&self) -> Result<Vec<Evidence>, Error> {
        self.handle
            .with(|account| Ok(account.evidence().to_vec()))
            .await
    }

    /// The transparency log, for a witness or a monitor.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn transparency_log(&self) -> Result<TransparencyLog, Error> {
        let key = self
            .handle
            .with(|account| Ok(account.log_key().clone()))
            .await?;
        Ok(TransparencyLog::new(self.transport.clone(), key))
    }

    /// What an officer of this person's organisation can do.
    pub fn officer(&self) -> Officer {
        Officer::new(self.handle.clone(), self.transport.clone(), &self.me)
    }

    /// Sends the receipts that are owed in every case now, and what is to be recorded of what was
    /// shown.
    ///
    /// # Errors
    /// [`Error::Closed`].
    pub async fn send_receipts(&self) -> Result<(), Error> {
        let send = |account: &mut Account| {
            account.send_views();
            account
                .summaries()
                .into_iter()
                .try_for_each(|case| account.send_receipt(case.id))
        };
        self.handle.with(send).await
    }

    /// Closes the store. What was not sent stays in the outbox.
    ///
    /// # Errors
    /// [`Error::Store`] if the store failed since it was opened.
    pub async fn close(self) -> Result<(), Error> {
        drop(self.handle);
        self.driver.await.map_err(|_| Error::Closed)?
    }
}
