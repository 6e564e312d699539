//! A group's public state as the bytes that the server stores.

use relais_types::GroupId;

use crate::{Error, Result, State};

/// The layout of the public state: a version, the group id, then each row's key and value with
/// their lengths.
const LAYOUT: u8 = 1;

pub(super) fn pack(group: GroupId, state: &State) -> Vec<u8> {
    let mut packed = vec![LAYOUT];
    packed.extend_from_slice(group.as_bytes());
    for (key, value) in state.scan(b"") {
        for part in [key, value] {
            packed.extend_from_slice(&(part.len() as u64).to_be_bytes());
            packed.extend_from_slice(part);
        }
    }
    packed
}

pub(super) fn unpack(packed: &[u8]) -> Result<(GroupId, State)> {
    let parse = || {
        let (&layout, rest) = packed.split_first()?;
        let (group, mut rest) = rest.split_first_chunk::<16>()?;
        let mut rows = Vec::new();
        while !rest.is_empty() {
            let key = part(&mut rest)?;
            let value = part(&mut rest)?;
            rows.push((key, value));
        }
        (layout == LAYOUT).then(|| (GroupId::from_bytes(*group), State::from_rows(rows)))
    };
    parse().ok_or_else(|| Error::State("not a public state of this version".to_owned()))
}

fn part(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let (length, tail) = rest.split_first_chunk()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (part, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    Some(part.to_vec())
}
