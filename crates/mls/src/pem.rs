//! Textual encoding (RFC 7468), for TLS libraries that take nothing else.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Bytes that fill a line of 64 characters.
const LINE: usize = 48;

/// `der` under `label`, with a line feed at the end.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in der.chunks(LINE) {
        for group in line.chunks(3) {
            let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for at in 0..4 {
                if at <= group.len() {
                    let index = (bits >> (18 - 6 * at)) & 0x3f;
                    text.push(char::from(ALPHABET[index as usize]));
                } else {
                    text.push('=');
                }
            }
        }
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::{CertificateDer, pem::PemObject as _};

    use super::*;

    #[test]
    fn every_length_reads_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in 0..200 {
            let text = pem("CERTIFICATE", &bytes[..length]);
            let read = CertificateDer::from_pem_slice(text.as_bytes()).unwrap();
            assert_eq!(read.as_ref(), &bytes[..length]);
            assert!(text.lines().all(|line| line.len() <= 64), "{text}");
        }
    }
}
