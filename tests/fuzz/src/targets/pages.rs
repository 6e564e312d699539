//! Page tokens, as somebody gives them back.

use relais_service::List;
use relais_types::{Error, Reason};

use super::{Seed, edits_of};
use crate::edits::Input;

/// What a good token continues after.
const NUMBER: u64 = 7;
const ID: [u8; 16] = [9; 16];
const NAME: &str = "helene roy";

/// A token is read as the list that made it wrote it, by this list alone, and refused as what it
/// is not.
pub fn run(input: &[u8]) {
    let mut input = Input(input);
    let by_number = input.byte().is_multiple_of(2);
    let list = List::new("events", &["laurier.internal", ""]);
    let other = List::new("events", &["", "laurier.internal"]);
    let good = if by_number {
        list.token(&NUMBER.to_be_bytes())
    } else {
        list.token(&[&ID[..], NAME.as_bytes()].concat())
    };
    let token = input.message(good.as_bytes());
    let token = String::from_utf8_lossy(&token);
    let again = |key: &[u8]| assert_eq!(list.token(key), token.to_lowercase(), "{token:?}");
    match list.open_number(&token) {
        Ok(0) => assert!(token.is_empty() || token.ends_with("00"), "{token:?}"),
        Ok(number) => again(&number.to_be_bytes()),
        Err(error) => refused(&error),
    }
    match list.open_name(&token) {
        Ok(None) => assert!(token.is_empty(), "{token:?}"),
        Ok(Some((id, name))) => again(&[&id[..], name.as_bytes()].concat()),
        Err(error) => refused(&error),
    }
    if let Err(error) = list.open(&token) {
        refused(&error);
    } else if !token.is_empty() {
        assert!(other.open(&token).is_err(), "another list takes {token:?}");
    }
}

fn refused(error: &Error) {
    assert_eq!(error.reason, Reason::CursorInvalid);
    assert_eq!(error.field.as_deref(), Some("page_token"));
}

/// Each kind, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(2)
}
