//! What an authority has signed: one JSON object a line, each with the hash of the line before,
//! written and synchronised before the certificate leaves the organisation.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
};

use relais_types::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{broken, private, unusable};
use crate::Error;

/// The hash before the first line: 32 zero bytes in hexadecimal.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One certificate that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Counting from 1.
    pub number: u64,
    /// When, in microseconds since the Unix epoch, by the agent's clock.
    pub at_micros: i64,
    /// `credential` or `transport`.
    pub kind: String,
    /// Resource name of the device.
    pub device: String,
    /// The certified key, hexadecimal.
    pub public_key: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub certificate: String,
    /// Why it was signed: `expected`, `asked`, `allowed`, `again` or `renewal`.
    pub because: String,
    /// SHA-256 of the invitation code, hexadecimal; empty for a renewal.
    pub invitation: String,
    /// Both keys of the device, hexadecimal, signature key first; empty for a renewal.
    pub keys: String,
    /// The person's name as the server said it.
    pub display_name: String,
    /// The device's label as the server said it.
    pub device_label: String,
    /// SHA-256 of the line before, hexadecimal; zeros in the first.
    pub previous: String,
}

impl Signed {
    /// When, by the agent's clock.
    pub fn at(&self) -> Timestamp {
        Timestamp::from_micros(self.at_micros)
    }
}

/// The log, held by one process at a time.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Opens the log, makes it if need be, and keeps other processes out until it is dropped.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = private(OpenOptions::new().create(true).append(true).read(true))
            .open(path)
            .map_err(unusable("open", path))?;
        file.lock().map_err(unusable("lock", path))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Every line.
    ///
    /// # Errors
    /// [`Error::Store`] names the first line that does not follow from the one before.
    pub(super) fn read(&mut self) -> Result<Vec<Signed>, Error> {
        self.lines().map(|(lines, _)| lines)
    }

    /// Appends what was signed, with its number and the hash of the line before.
    pub(super) fn append(&mut self, mut signed: Signed) -> Result<Signed, Error> {
        let (lines, previous) = self.lines()?;
        signed.number = lines.len() as u64 + 1;
        signed.previous = previous;
        let mut line = serde_json::to_string(&signed)
            .map_err(|error| broken(&self.path, &error.to_string()))?;
        line.push('\n');
        self.file
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_all())
            .map_err(unusable("write", &self.path))?;
        Ok(signed)
    }

    /// Every line, and the hash of the last.
    fn lines(&mut self) -> Result<(Vec<Signed>, String), Error> {
        let mut text = String::new();
        // Reads go by the path, because appending moves the position of the file.
        File::open(&self.path)
            .and_then(|mut file| file.read_to_string(&mut text))
            .map_err(unusable("read", &self.path))?;
        let (mut lines, mut previous) = (Vec::new(), GENESIS.to_owned());
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let number = at as u64 + 1;
            let Some(whole) = line.strip_suffix('\n') else {
                // A write that a crash has cut: its certificate never left.
                return self
                    .cut(text.len() - line.len())
                    .map(|()| (lines, previous));
            };
            let signed: Option<Signed> = serde_json::from_str(whole).ok();
            let signed = signed
                .filter(|signed| signed.number == number && signed.previous == previous)
                .ok_or_else(|| {
                    Error::Store(format!(
                        "{}: line {number} was changed or does not follow from the one before; \
                         compare it with a backup before anything else is signed",
                        self.path.display()
                    ))
                })?;
            previous = hex::encode(Sha256::digest(whole.as_bytes()));
            lines.push(signed);
        }
        Ok((lines, previous))
    }

    fn cut(&self, length: usize) -> Result<(), Error> {
        fs::OpenOptions::new()
            .write(true)
            .open(&self.path)
            .and_then(|file| file.set_len(length as u64))
            .map_err(unusable("write", &self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(device: &str) -> Signed {
        Signed {
            number: 0,
            at_micros: 7,
            kind: "credential".into(),
            device: device.into(),
            public_key: "ab".into(),
            certificate: "cd".into(),
            because: "expected".into(),
            invitation: "ef".into(),
            keys: "01".into(),
            display_name: "Hélène".into(),
            device_label: "desk".into(),
            previous: String::new(),
        }
    }

    #[test]
    fn a_changed_line_is_named_and_a_torn_one_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("certificates.log");
        let mut journal = Journal::open(&path).unwrap();
        for device in ["one", "two", "three"] {
            journal.append(signed(device)).unwrap();
        }
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"number\":4")).unwrap();
        let lines = journal.read().unwrap();
        assert_eq!(lines.len(), 3);
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);

        fs::write(&path, whole.replace("\"one\"", "\"eve\"")).unwrap();
        let error = journal.read().unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
        let without: Vec<&str> = whole.lines().skip(1).collect();
        fs::write(&path, without.join("\n") + "\n").unwrap();
        let error = journal.append(signed("four")).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }
}
