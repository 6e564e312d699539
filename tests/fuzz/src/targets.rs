//! One module for each kind of foreign bytes.

pub mod chains;
pub mod claims;
pub mod deliveries;
pub mod enrolment;
pub mod entries;
pub mod handshakes;
pub mod insider;
pub mod member;
pub mod names;
pub mod pages;
pub mod refusals;
pub mod requests;
pub mod secrets;

/// A named input to begin with.
pub type Seed = (String, Vec<u8>);

/// The inputs that each target begins with.
pub fn seeds() -> Vec<(&'static str, Vec<Seed>)> {
    vec![
        ("chains", chains::seeds()),
        ("claims", claims::seeds()),
        ("deliveries", deliveries::seeds()),
        ("enrolment", enrolment::seeds()),
        ("entries", entries::seeds()),
        ("handshakes", handshakes::seeds()),
        ("insider", insider::seeds()),
        ("member", member::seeds()),
        ("names", names::seeds()),
        ("pages", pages::seeds()),
        ("refusals", refusals::seeds()),
        ("requests", requests::seeds()),
        ("secrets", secrets::seeds()),
    ]
}

/// For each of `choices`: unchanged, one byte changed, cut, grown, and as bytes of its own.
fn edits_of(choices: u8) -> Vec<Seed> {
    let programs: [(&str, &[u8]); 6] = [
        ("unchanged", &[0]),
        ("one-bit", &[0, 0, 0, 60, 1]),
        ("cut", &[0, 1, 0, 40]),
        ("grown", &[0, 2, 0, 10, 4, 0xff, 0xff, 0xff, 0xff]),
        ("long-length", &[0, 4, 0, 6, 0xff]),
        ("raw", &[1, 0, 1, 0, 1]),
    ];
    let named = |choice: u8| {
        programs.map(|(name, program)| (format!("{choice}-{name}"), [&[choice], program].concat()))
    };
    (0..choices).flat_map(named).collect()
}
