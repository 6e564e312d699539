//! How plaintext is laid out before encryption, so that its size tells little.

use crate::{Error, Result};

/// Shortest frame in bytes: receipts and one-line texts look alike.
const SHORTEST: usize = 256;

/// `u32` big-endian length, the data, then zeros up to the next Padmé size.
///
/// Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files", §4) leaks
/// O(log log n) bits of the size and costs at most 12 %.
///
/// # Errors
/// [`Error::Invalid`] from 4 GiB on.
pub(crate) fn frame(data: &[u8]) -> Result<Vec<u8>> {
    let length = u32::try_from(data.len())
        .map_err(|_| Error::Invalid("the message is larger than 4 GiB".to_owned()))?;
    let mut framed = Vec::with_capacity(padded(data.len() + 4));
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(data);
    framed.resize(padded(framed.len()), 0);
    Ok(framed)
}

/// Reads what [`frame`] wrote, and nothing else: the padding carries no hidden data.
///
/// # Errors
/// [`Error::Invalid`] for any other bytes.
pub(crate) fn unframe(framed: &[u8]) -> Result<&[u8]> {
    let parse = || {
        let (length, rest) = framed.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (data, padding) = rest.split_at_checked(length)?;
        let well_formed =
            framed.len() == padded(length + 4) && padding.iter().all(|&byte| byte == 0);
        well_formed.then_some(data)
    };
    parse().ok_or_else(|| Error::Invalid("the plaintext is not framed as it must be".to_owned()))
}

/// The Padmé size for `length` bytes.
fn padded(length: usize) -> usize {
    let length = length.max(SHORTEST);
    let exponent = length.ilog2();
    let significant = exponent.ilog2() + 1;
    let mask = (1usize << (exponent - significant)) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_message_reads_back_and_costs_at_most_an_eighth(data in prop::collection::vec(any::<u8>(), 0..5000)) {
            let framed = frame(&data).unwrap();
            prop_assert_eq!(unframe(&framed).unwrap(), &data[..]);
            prop_assert!(framed.len() <= SHORTEST.max((data.len() + 4) * 9 / 8));
        }

        #[test]
        fn foreign_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = unframe(&bytes);
        }
    }

    #[test]
    fn sizes_are_few() {
        let sizes: std::collections::BTreeSet<_> = (0..=65_536)
            .map(|n| frame(&vec![0; n]).unwrap().len())
            .collect();
        assert!(sizes.len() <= 130, "{}", sizes.len());
    }

    #[test]
    fn padding_must_be_zero_and_exact() {
        let good = frame(b"hello").unwrap();
        let mut hidden = good.clone();
        *hidden.last_mut().unwrap() = 1;
        for bad in [
            hidden,
            good[..good.len() - 1].to_vec(),
            [good.clone(), vec![0]].concat(),
            vec![0xff; 256],
            vec![],
        ] {
            assert!(unframe(&bad).is_err());
        }
    }
}
