//! The tree in tiles of height 8 (C2SP tlog-tiles): what witnesses, monitors and mirrors fetch.
//!
//! A tile is a run of up to 256 complete nodes of one level that is a multiple of 8; a full
//! tile never changes. Its path is that of the specification, so that a log can be mirrored as
//! plain files.

use std::{fmt, str::FromStr};

use crate::{
    Error, Result,
    merkle::{Hash, Node},
};

/// Levels of the tree in one tile.
pub const HEIGHT: u8 = 8;
/// Hashes in a full tile.
pub const WIDTH: u16 = 256;

/// The place of a tile, and how full it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile at `level` (0 to 7, in tiles) and `index` with its first `width` hashes.
    ///
    /// # Errors
    /// [`Error::Malformed`] if there is no such tile.
    pub fn new(level: u8, index: u64, width: u16) -> Result<Self> {
        let possible = level < 64 / HEIGHT
            && (1..=WIDTH).contains(&width)
            && index < 1 << (56 - u32::from(level) * u32::from(HEIGHT));
        if possible {
            Ok(Self {
                level,
                index,
                width,
            })
        } else {
            Err(malformed())
        }
    }

    /// True if a tree of `size` leaves has all hashes of the tile.
    pub fn is_within(self, size: u64) -> bool {
        let complete = size >> (u32::from(self.level) * u32::from(HEIGHT));
        self.index
            .checked_mul(u64::from(WIDTH))
            .and_then(|first| first.checked_add(u64::from(self.width)))
            .is_some_and(|end| end <= complete)
    }

    /// Its nodes, left to right.
    pub fn nodes(self) -> impl Iterator<Item = Node> {
        let first = self.index * u64::from(WIDTH);
        (0..u64::from(self.width)).map(move |at| Node {
            level: self.level * HEIGHT,
            index: first + at,
        })
    }

    /// The tile as it is stored and sent: its hashes one after the other.
    pub fn bytes(hashes: &[Hash]) -> Vec<u8> {
        hashes.concat()
    }
}

/// `tile/<L>/<N>[.p/<W>]`, with the index in groups of three digits.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for (place, group) in groups.iter().enumerate().rev() {
            match place {
                0 => write!(f, "{group:03}")?,
                _ => write!(f, "x{group:03}/")?,
            }
        }
        if self.width < WIDTH {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self> {
        let (level, rest) = path
            .strip_prefix("tile/")
            .and_then(|rest| rest.split_once('/'))
            .ok_or_else(malformed)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, width.parse().map_err(|_| malformed())?),
            None => (rest, WIDTH),
        };
        let mut number = 0_u64;
        for group in index.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            let group: u64 = digits.parse().map_err(|_| malformed())?;
            number = number
                .checked_mul(1000)
                .and_then(|number| number.checked_add(group))
                .ok_or_else(malformed)?;
        }
        let tile = Self::new(level.parse().map_err(|_| malformed())?, number, width)?;
        // Other spellings of the same place are not paths.
        if tile.to_string() == path {
            Ok(tile)
        } else {
            Err(malformed())
        }
    }
}

fn malformed() -> Error {
    Error::Malformed(
        "a tile's path",
        "it must look like tile/<level>/<index>[.p/<width>]",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        for (level, index, width, path) in [
            (0, 0, 256, "tile/0/000"),
            (1, 67, 256, "tile/1/067"),
            (0, 1_234_067, 256, "tile/0/x001/x234/067"),
            (3, 5, 112, "tile/3/005.p/112"),
            (0, 999, 1, "tile/0/999.p/1"),
        ] {
            let tile = Tile::new(level, index, width).unwrap();
            assert_eq!(tile.to_string(), path);
            assert_eq!(path.parse(), Ok(tile));
        }
        for bad in [
            "",
            "tile",
            "tile/0",
            "tile/0/",
            "tile/0/0",
            "tile/00/000",
            "tile/9/000",
            "tile/0/001/067",
            "tile/0/x1/067",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/300",
            "tile/-1/000",
            "tile/0/+01",
            "tile/7/x001/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert!(bad.parse::<Tile>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_tile_is_there_once_its_last_subtree_is_complete() {
        let tile = Tile::new(1, 0, 2).unwrap();
        assert!(!tile.is_within(511));
        assert!(tile.is_within(512));
        let nodes: Vec<_> = tile.nodes().collect();
        assert_eq!(nodes.len(), 2);
        assert_eq!((nodes[1].level, nodes[1].index), (8, 1));
    }
}
