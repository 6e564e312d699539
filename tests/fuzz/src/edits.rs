//! Input as a program that changes good bytes a little.

/// Most edits of one input: more is noise.
const MOST: usize = 12;

/// Takes an input apart from its beginning. Whatever is missing reads as zero.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// The next two bytes as a number, big-endian.
    pub fn number(&mut self) -> usize {
        usize::from(u16::from_be_bytes([self.byte(), self.byte()]))
    }

    /// At most `length` of the next bytes.
    pub fn bytes(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// One of `all`, which is not empty.
    pub fn one_of<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[usize::from(self.byte()) % all.len()]
    }

    /// What is left, as it is, or as a program of edits to `good`: the next bit decides.
    pub fn message(mut self, good: &[u8]) -> Vec<u8> {
        if self.byte() & 1 == 1 {
            self.0.to_vec()
        } else {
            self.edited(good)
        }
    }

    /// `good` after the edits that are left.
    pub fn edited(mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..MOST {
            if self.0.is_empty() {
                break;
            }
            let edit = self.byte() % 7;
            let at = self.number() % (bytes.len() + 1);
            match edit {
                0 => {
                    let with = self.byte();
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= with;
                    }
                }
                1 => bytes.truncate(at),
                2 => {
                    let length = usize::from(self.byte());
                    let inserted = self.bytes(length).to_vec();
                    bytes.splice(at..at, inserted);
                }
                3 => {
                    let end = (at + 1 + usize::from(self.byte())).min(bytes.len());
                    bytes.drain(at..end.max(at));
                }
                4 => {
                    // A large length or count, where there may be one.
                    let end = (at + 4).min(bytes.len());
                    bytes[at..end].fill(self.byte());
                }
                5 => {
                    // A part of it once more.
                    let end = (at + 1 + usize::from(self.byte())).min(bytes.len());
                    let again = bytes[at..end.max(at)].to_vec();
                    bytes.splice(at..at, again);
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = self.byte();
                    }
                }
            }
        }
        bytes
    }
}

/// A program that changes nothing, to begin with.
pub const UNCHANGED: &[u8] = &[0];
