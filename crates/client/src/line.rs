//! Which of two connections is used: the one with the device's certificate, or the plain one.
//!
//! A certificate that the server refuses ends the TLS handshake, often without a word, so from
//! here it looks like a server that cannot be reached. So after a failure with the certificate
//! the other connection is tried. If that fails, too, the network was at fault and the
//! certificate is tried again; if the certificate fails twice while the plain connection
//! works, it is given up until the device has another one.
//!
//! A network that ends TLS on the way takes certificates off without a word, too: then the
//! server says that it knows nobody, and the plain connection is used from then on.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tonic::transport::Channel;

/// Failures of the certificate after which it is given up.
const GIVEN_UP: u8 = 2;

/// The two connections.
pub(crate) struct Line {
    plain: Channel,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    certified: Option<(Channel, Instant)>,
    choice: Choice,
}

/// What the failures so far come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Choice {
    /// Failures with the certificate, while the plain connection did not fail.
    doubts: u8,
    /// The plain connection is to be tried, whatever the certificate.
    plain_next: bool,
    /// The certificate does not arrive at the server.
    taken_off: bool,
}

impl Choice {
    fn takes_certificate(self) -> bool {
        self.doubts < GIVEN_UP && !self.plain_next && !self.taken_off
    }

    fn failed(&mut self, certified: bool) {
        if certified {
            self.doubts = self.doubts.saturating_add(1);
            self.plain_next = true;
        } else if self.doubts < GIVEN_UP {
            self.doubts = 0;
            self.plain_next = false;
        }
    }

    fn stood(&mut self, certified: bool) {
        if certified {
            *self = Self::default();
        }
    }

    fn ended(&mut self) {
        self.plain_next = false;
    }
}

impl Line {
    pub(crate) fn new(plain: Channel) -> Self {
        Self {
            plain,
            state: Mutex::default(),
        }
    }

    /// From now on the certificate of `channel` is used, for as long as it is valid.
    pub(crate) fn certify(&self, channel: Channel, valid: Duration) {
        let mut state = self.state();
        state.certified = Some((channel, Instant::now() + valid));
        // Another certificate would not arrive either.
        let taken_off = state.choice.taken_off;
        state.choice = Choice {
            taken_off,
            ..Choice::default()
        };
    }

    /// The connection to use now, and whether it shows the certificate.
    pub(crate) fn current(&self) -> (Channel, bool) {
        let state = self.state();
        match &state.certified {
            Some((channel, until))
                if *until > Instant::now() && state.choice.takes_certificate() =>
            {
                (channel.clone(), true)
            }
            _ => (self.plain.clone(), false),
        }
    }

    /// A connection could not be made, or was of no use.
    pub(crate) fn failed(&self, certified: bool) {
        self.state().choice.failed(certified);
    }

    /// The server says that the connection showed nobody, though it had the certificate.
    pub(crate) fn taken_off(&self) {
        self.state().choice.taken_off = true;
    }

    /// A connection was made. True if the certificate, which seemed to be good, was given up.
    pub(crate) fn stood(&self, certified: bool) -> bool {
        let mut state = self.state();
        state.choice.stood(certified);
        let seemed_good = state.certified.as_ref();
        let seemed_good = seemed_good.is_some_and(|(_, until)| *until > Instant::now());
        !certified && seemed_good && state.choice.doubts >= GIVEN_UP
    }

    /// A connection that had been made has ended.
    pub(crate) fn ended(&self) {
        self.state().choice.ended();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is complete before the lock is released.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("choice", &self.state().choice)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_that_is_down_does_not_cost_the_certificate() {
        let mut choice = Choice::default();
        for _ in 0..100 {
            let certified = choice.takes_certificate();
            choice.failed(certified);
        }
        while !choice.takes_certificate() {
            choice.failed(false);
        }
        assert_eq!(choice, Choice::default());
    }

    #[test]
    fn a_certificate_that_alone_fails_twice_is_given_up() {
        let mut choice = Choice::default();
        choice.failed(true);
        assert!(!choice.takes_certificate());
        choice.stood(false);
        choice.ended();
        assert!(choice.takes_certificate(), "it gets another chance");
        choice.failed(true);
        choice.stood(false);
        choice.ended();
        assert!(!choice.takes_certificate());
        choice.failed(false);
        assert!(
            !choice.takes_certificate(),
            "an outage does not bring it back"
        );
    }

    #[test]
    fn what_a_network_takes_off_is_not_sent_again() {
        let plain = || tonic::transport::Endpoint::from_static("https://localhost").connect_lazy();
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let _inside = runtime.as_ref().unwrap().enter();
        let line = Line::new(plain());
        assert!(!line.current().1);
        line.certify(plain(), Duration::from_mins(1));
        assert!(line.current().1);
        line.taken_off();
        assert!(!line.current().1);
        assert!(!line.stood(false), "the certificate is not to blame");
        line.certify(plain(), Duration::from_mins(1));
        assert!(!line.current().1);
    }

    #[test]
    fn a_success_clears_all_doubt() {
        let mut choice = Choice::default();
        choice.failed(true);
        choice.ended();
        choice.stood(true);
        assert_eq!(choice, Choice::default());
    }
}
