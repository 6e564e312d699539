//! Randomness as a parameter.

use std::fmt;

use rand_chacha::{
    ChaCha20Rng,
    rand_core::{RngCore, SeedableRng},
};

/// A source of cryptographically strong random bytes.
pub trait Entropy: Send + fmt::Debug {
    /// Fills `out` with random bytes.
    fn fill(&mut self, out: &mut [u8]);

    /// `N` random bytes.
    fn bytes<const N: usize>(&mut self) -> [u8; N]
    where
        Self: Sized,
    {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }
}

impl<E: Entropy + ?Sized> Entropy for Box<E> {
    fn fill(&mut self, out: &mut [u8]) {
        (**self).fill(out);
    }
}

/// The operating system's generator, for the edges of the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(
        clippy::expect_used,
        reason = "without randomness no key and no id may be made; stopping is the only safe answer"
    )]
    fn fill(&mut self, out: &mut [u8]) {
        getrandom::fill(out).expect("the operating system must provide randomness");
    }
}

/// A reproducible generator for tests and simulation; never for keys that matter.
#[derive(Debug)]
pub struct SeededEntropy(ChaCha20Rng);

impl SeededEntropy {
    /// The generator that `seed` names.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha20Rng::seed_from_u64(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&mut self, out: &mut [u8]) {
        self.0.fill_bytes(out);
    }
}
