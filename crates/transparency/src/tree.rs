//! A whole tree in memory.

use std::collections::BTreeMap;

use crate::{
    Frontier, Hash,
    merkle::{self, Node, Plan, leaf_hash, node_hash},
};

/// A tree that holds every complete node: a mirror of a small log, which can prove whatever the
/// log can.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    nodes: BTreeMap<Node, Hash>,
    frontier: Frontier,
}

impl Tree {
    /// Appends a leaf; returns its number.
    pub fn push(&mut self, leaf: &[u8]) -> u64 {
        let number = self.frontier.size();
        let mut hash = leaf_hash(leaf);
        self.frontier.push(hash);
        for node in Node::completed_by(number) {
            if let Some(left) = self
                .nodes
                .get(&node.left_child())
                .filter(|_| node.level > 0)
            {
                hash = node_hash(left, &hash);
            }
            self.nodes.insert(node, hash);
        }
        number
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The right edge.
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The root over the first `size` leaves, which must be there.
    pub fn root_at(&self, size: u64) -> Hash {
        self.make(&merkle::root(size))
            .first()
            .copied()
            .unwrap_or_default()
    }

    /// The hashes that `plan` makes; none if it needs what is not there.
    pub fn make(&self, plan: &Plan) -> Vec<Hash> {
        let read: Option<Vec<Hash>> = plan
            .nodes()
            .map(|node| self.nodes.get(&node).copied())
            .collect();
        read.and_then(|read| plan.fold(read)).unwrap_or_default()
    }
}

impl<L: AsRef<[u8]>> FromIterator<L> for Tree {
    fn from_iter<I: IntoIterator<Item = L>>(leaves: I) -> Self {
        let mut tree = Self::default();
        for leaf in leaves {
            tree.push(leaf.as_ref());
        }
        tree
    }
}
