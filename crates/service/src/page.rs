//! Pages of lists (AIP-158).

use relais_types::{Error, Reason, Result};

use crate::{Limits, secret::digest};

/// Bytes of a token that say which list it continues.
const LIST: usize = 8;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Continues the list; empty on the last page.
    pub next_page_token: String,
}

/// Which list a page belongs to: the method and its filters.
#[derive(Clone, Copy, Debug)]
pub struct List([u8; 32]);

impl List {
    /// The list that `method` makes with these filters.
    pub fn new(method: &str, filters: &[&str]) -> Self {
        let mut joined = Vec::new();
        for filter in filters {
            joined.extend_from_slice(&(filter.len() as u64).to_be_bytes());
            joined.extend_from_slice(filter.as_bytes());
        }
        Self(digest(method, &joined))
    }

    /// The key of the last item seen, or `None` on the first page.
    ///
    /// # Errors
    /// `CURSOR_INVALID` if the token was not made for this list.
    pub fn open(&self, token: &str) -> Result<Option<Vec<u8>>> {
        if token.is_empty() {
            return Ok(None);
        }
        let bytes = hex::decode(token).map_err(|_| invalid())?;
        let (list, key) = bytes.split_at_checked(LIST).ok_or_else(invalid)?;
        if list != &self.0[..LIST] {
            return Err(invalid());
        }
        Ok(Some(key.to_vec()))
    }

    /// The number of the last item seen in a list by number, or 0 on the first page.
    ///
    /// # Errors
    /// `CURSOR_INVALID` if the token was not made for this list.
    pub fn open_number(&self, token: &str) -> Result<u64> {
        let Some(key) = self.open(token)? else {
            return Ok(0);
        };
        let key = key.as_slice().try_into().map_err(|_| invalid())?;
        Ok(u64::from_be_bytes(key))
    }

    /// The id and the folded name of the last item seen in a list by name, or `None` on the first
    /// page.
    ///
    /// # Errors
    /// `CURSOR_INVALID` if the token was not made for this list.
    pub fn open_name(&self, token: &str) -> Result<Option<([u8; 16], String)>> {
        let Some(key) = self.open(token)? else {
            return Ok(None);
        };
        let (id, name) = key.split_first_chunk::<16>().ok_or_else(invalid)?;
        let name = std::str::from_utf8(name).map_err(|_| invalid())?;
        Ok(Some((*id, name.to_owned())))
    }

    /// The token that continues the list after the item with `key`.
    pub fn token(&self, key: &[u8]) -> String {
        hex::encode([&self.0[..LIST], key].concat())
    }

    /// Makes a page of what was found when one more than `size` was asked for.
    pub(crate) fn page<T>(
        &self,
        mut found: Vec<T>,
        size: u32,
        key: impl FnOnce(&T) -> Vec<u8>,
    ) -> Page<T> {
        let size = size as usize;
        let more = found.len() > size;
        found.truncate(size);
        let next_page_token = match found.last() {
            Some(last) if more => self.token(&key(last)),
            _ => String::new(),
        };
        Page {
            items: found,
            next_page_token,
        }
    }
}

/// The key of an item in a list by name: its id, then the folded name.
pub(crate) fn name_key(id: &[u8; 16], sort_key: &str) -> Vec<u8> {
    [id.as_slice(), sort_key.as_bytes()].concat()
}

/// How many items a page has; 0 asks for the default.
///
/// # Errors
/// `MALFORMED_FIELD` if it is negative; what is too large is cut (AIP-158).
pub(crate) fn size(asked: i32, limits: &Limits) -> Result<u32> {
    match u32::try_from(asked) {
        Ok(0) => Ok(limits.default_page_size.clamp(1, limits.page_size.max(1))),
        Ok(asked) => Ok(asked.min(limits.page_size.max(1))),
        Err(_) => Err(Error::malformed("page_size", "must not be negative")),
    }
}

pub(crate) fn invalid() -> Error {
    let mut error = Error::new(
        Reason::CursorInvalid,
        "the page token is not one of this list: begin again without it",
    );
    error.field = Some("page_token".into());
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_continues_its_own_list_only() {
        let list = List::new("people", &["a", ""]);
        let page = list.page(vec![1_u8, 2, 3], 2, |last| vec![*last]);
        assert_eq!(page.items, [1, 2]);
        let key = list.open(&page.next_page_token);
        assert_eq!(key, Ok(Some(vec![2])));
        for other in [
            List::new("people", &["", "a"]),
            List::new("things", &["a", ""]),
        ] {
            assert!(other.open(&page.next_page_token).is_err());
        }
        assert!(list.open("zz").is_err());
        assert!(list.open("00").is_err());
        let last = list.page(vec![1_u8, 2], 2, |last| vec![*last]);
        assert_eq!(last.next_page_token, "");
    }

    #[test]
    fn sizes_are_bounded() {
        let limits = Limits::default();
        assert_eq!(size(0, &limits), Ok(20));
        assert_eq!(size(7, &limits), Ok(7));
        assert_eq!(size(i32::MAX, &limits), Ok(100));
        assert!(size(-1, &limits).is_err());
    }
}
