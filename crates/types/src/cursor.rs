//! The opaque cursor of the delivery service.

use crate::{Error, GroupId, Result};

const GROUP: u8 = 1;
const INBOX: u8 = 2;

/// "Processed up to and including this item", within one group's log or the device's inbox.
///
/// On the wire it is opaque. It carries no authority: the server checks membership of the
/// group that it names on every use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cursor {
    /// Entry `seq` of a group's log; `0` is before the first.
    Group {
        /// The group.
        group: GroupId,
        /// The entry's number.
        seq: u64,
    },
    /// Item `position` of the device's inbox; `0` is before the first.
    Inbox {
        /// The item's number.
        position: u64,
    },
}

impl Cursor {
    /// The bytes that clients hold.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Group { group, seq } => {
                [&[GROUP], group.as_bytes().as_slice(), &seq.to_be_bytes()].concat()
            }
            Self::Inbox { position } => [&[INBOX], position.to_be_bytes().as_slice()].concat(),
        }
    }

    /// Reads what [`Cursor::encode`] wrote.
    ///
    /// # Errors
    /// [`Reason::CursorInvalid`](crate::Reason::CursorInvalid) for any other bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let invalid = || Error::cursor_invalid();
        let (&kind, rest) = bytes.split_first().ok_or_else(invalid)?;
        let number = |bytes: &[u8]| -> Result<u64> {
            let number = u64::from_be_bytes(bytes.try_into().map_err(|_| invalid())?);
            // Databases hold signed 64-bit integers.
            i64::try_from(number).map_err(|_| invalid())?;
            Ok(number)
        };
        match kind {
            GROUP => {
                let (group, seq) = rest.split_at_checked(16).ok_or_else(invalid)?;
                Ok(Self::Group {
                    group: GroupId::try_from(group).map_err(|_| invalid())?,
                    seq: number(seq)?,
                })
            }
            INBOX => Ok(Self::Inbox {
                position: number(rest)?,
            }),
            _ => Err(invalid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cursor_reads_back() {
        let group = GroupId::from_bytes([7; 16]);
        for cursor in [
            Cursor::Group { group, seq: 0 },
            Cursor::Group {
                group,
                seq: 1 << 40,
            },
            Cursor::Inbox { position: 9 },
        ] {
            assert_eq!(Cursor::decode(&cursor.encode()).ok(), Some(cursor));
        }
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let good = Cursor::Inbox { position: 9 }.encode();
        let too_large = [&[INBOX][..], &[0xff; 8]].concat();
        for bytes in [
            &[][..],
            &[0],
            &[3; 9],
            &good[..8],
            &[good.clone(), vec![0]].concat(),
            &too_large,
        ] {
            assert!(Cursor::decode(bytes).is_err(), "{bytes:?}");
        }
    }
}
