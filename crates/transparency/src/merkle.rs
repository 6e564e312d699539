//! Merkle trees (RFC 9162 §2.1): hashes, and proofs made and checked.
//!
//! A stored tree is its *complete* nodes: a [`Node`] at level `l` covers `2^l` leaves and never
//! changes once they are there. A root or a proof of any earlier size is made of at most about
//! `2 log2(size)` of them: [`root`], [`inclusion`] and [`consistency`] say which ones to read,
//! and fold what was read.

use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// A hash of the tree: SHA-256.
pub type Hash = [u8; 32];

/// More hashes than any proof over a tree of 64-bit size can have.
pub const MAX_PROOF: usize = 64;

/// The root of the tree without leaves (RFC 9162 §2.1.1).
pub fn empty_root() -> Hash {
    Sha256::digest([]).into()
}

/// The hash of a leaf: `SHA-256(0x00 || leaf)`.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// A complete node: the `index`-th from the left of those that cover `2^level` leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Its height; leaves have 0.
    pub level: u8,
    /// Its place among the nodes of its level.
    pub index: u64,
}

impl Node {
    /// The nodes that are complete once leaf `index` is there, and were not before: the leaf,
    /// then each parent.
    pub fn completed_by(index: u64) -> impl Iterator<Item = Self> {
        let levels = (index + 1).trailing_zeros();
        (0..=levels).map(move |level| Self {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: index >> level,
        })
    }

    /// The left of the two children.
    #[must_use]
    pub fn left_child(self) -> Self {
        Self {
            level: self.level.saturating_sub(1),
            index: self.index * 2,
        }
    }
}

/// Hashes to read and how to fold them: each part is one hash of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan(Vec<Vec<Node>>);

impl Plan {
    /// The nodes to read, in the order in which [`Plan::fold`] takes their hashes.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.0.iter().flatten().copied()
    }

    /// The hashes that the plan makes, of what was read; `None` if too few were.
    pub fn fold(&self, read: impl IntoIterator<Item = Hash>) -> Option<Vec<Hash>> {
        let mut read = read.into_iter();
        self.0
            .iter()
            .map(|part| {
                let hashes = read.by_ref().take(part.len()).collect::<Vec<_>>();
                (hashes.len() == part.len()).then(|| fold(&hashes))
            })
            .collect()
    }
}

/// The root over the first `size` leaves: a plan that makes one hash.
pub fn root(size: u64) -> Plan {
    Plan(vec![complete(0, size)])
}

/// The proof that leaf `index` is in the tree of `size` leaves (RFC 9162 §2.1.3.1); `None`
/// unless it is.
pub fn inclusion(index: u64, size: u64) -> Option<Plan> {
    if index >= size {
        return None;
    }
    let mut parts = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            parts.push(complete(middle, high));
            high = middle;
        } else {
            parts.push(complete(low, middle));
            low = middle;
        }
    }
    parts.reverse();
    Some(Plan(parts))
}

/// The proof that the tree of `old` leaves is the beginning of the one of `new` leaves
/// (RFC 9162 §2.1.4.1), without hashes if `old` is 0 or `new`; `None` if `old` is larger.
pub fn consistency(old: u64, new: u64) -> Option<Plan> {
    if old > new {
        return None;
    }
    if old == 0 || old == new {
        return Some(Plan(Vec::new()));
    }
    let mut parts = Vec::new();
    let (mut low, mut high, mut known) = (0, new, true);
    while old < high {
        let middle = low + split(high - low);
        if old <= middle {
            parts.push(complete(middle, high));
            high = middle;
        } else {
            parts.push(complete(low, middle));
            low = middle;
            known = false;
        }
    }
    if !known {
        parts.push(complete(low, high));
    }
    parts.reverse();
    Some(Plan(parts))
}

/// Checks that `leaf` is the hash of leaf `index` in the tree of `size` leaves with this root
/// (RFC 9162 §2.1.3.2).
///
/// # Errors
/// [`Error::WrongProof`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<()> {
    if index >= size {
        return Err(Error::WrongProof);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(Error::WrongProof);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root {
        Ok(())
    } else {
        Err(Error::WrongProof)
    }
}

/// Checks that the tree of `old` leaves is the beginning of that of `new` leaves
/// (RFC 9162 §2.1.4.2).
///
/// # Errors
/// [`Error::WrongProof`], also if `old` is larger than `new`.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<()> {
    let holds = if old == new {
        proof.is_empty() && old_root == new_root
    } else if old == 0 {
        proof.is_empty() && *old_root == empty_root()
    } else if old < new {
        leads_to_both(old, new, old_root, new_root, proof)
    } else {
        false
    };
    if holds {
        Ok(())
    } else {
        Err(Error::WrongProof)
    }
}

fn leads_to_both(old: u64, new: u64, old_root: &Hash, new_root: &Hash, proof: &[Hash]) -> bool {
    // A power of two: the old root is itself a node of the new tree, and left out.
    let mut path = old
        .is_power_of_two()
        .then_some(old_root)
        .into_iter()
        .chain(proof);
    let Some(first) = path.next() else {
        return false;
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut from, mut to) = (*first, *first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            from = node_hash(sibling, &from);
            to = node_hash(sibling, &to);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            to = node_hash(&to, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && from == *old_root && to == *new_root
}

/// The right edge of a tree: enough to append leaves and to know the root, as a witness keeps
/// it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// The hashes of the complete nodes that cover the leaves, the largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier with these peaks, the largest first.
    ///
    /// # Errors
    /// [`Error::Malformed`] if a tree of this size has another number of peaks.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Result<Self> {
        if peaks.len() == size.count_ones() as usize {
            Ok(Self { size, peaks })
        } else {
            Err(Error::Malformed(
                "a frontier",
                "the number of hashes does not fit",
            ))
        }
    }

    /// Appends a leaf by its hash.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The peaks, the largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The root.
    pub fn root(&self) -> Hash {
        fold(&self.peaks)
    }
}

/// The largest power of two that is smaller than `size`, which is at least 2.
fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// The complete nodes that cover the leaves from `low` to before `high`, left to right. `low` is
/// a multiple of the largest power of two within the range, as in every part of a proof.
fn complete(low: u64, high: u64) -> Vec<Node> {
    let mut nodes = Vec::new();
    let mut at = low;
    while at < high {
        let level = (high - at).ilog2();
        nodes.push(Node {
            level: u8::try_from(level).unwrap_or(u8::MAX),
            index: at >> level,
        });
        at += 1 << level;
    }
    nodes
}

/// The hash over complete nodes of falling size.
fn fold(peaks: &[Hash]) -> Hash {
    let mut peaks = peaks.iter().rev();
    let Some(last) = peaks.next() else {
        return empty_root();
    };
    peaks.fold(*last, |right, left| node_hash(left, &right))
}

#[cfg(test)]
mod tests;
