use proptest::prelude::*;

use super::*;
use crate::Tree;

fn numbered(size: u64) -> Tree {
    (0..size)
        .map(|number| number.to_be_bytes().to_vec())
        .collect()
}

/// Straight from the definition (RFC 9162 §2.1.1).
fn defined_root(leaves: &[Vec<u8>]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&defined_root(left), &defined_root(right))
        }
    }
}

#[test]
fn roots_are_those_of_the_published_test_vectors() {
    // The leaves and roots that implementations of certificate transparency share.
    let leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let tree = Tree::from_iter(leaves.map(|leaf| hex::decode(leaf).unwrap()));
    assert_eq!(
        hex::encode(tree.root_at(0)),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (size, root) in (1..).zip(roots) {
        assert_eq!(hex::encode(tree.root_at(size)), root, "size {size}");
    }
}

#[test]
fn every_leaf_of_every_size_is_proved_and_nothing_else_is() {
    const SIZES: u64 = 300;
    let tree = numbered(SIZES);
    for size in 1..=SIZES {
        let top = tree.root_at(size);
        assert!(inclusion(size, size).is_none());
        for index in 0..size {
            let plan = inclusion(index, size).unwrap();
            assert!(plan.nodes().count() <= 2 * (size.ilog2() as usize + 1));
            let proof = tree.make(&plan);
            let leaf = leaf_hash(&index.to_be_bytes());
            let check = |leaf: &Hash, index, size, proof: &[Hash], top: &Hash| {
                verify_inclusion(leaf, index, size, proof, top)
            };
            check(&leaf, index, size, &proof, &top).unwrap();
            // Another leaf, another place, a proof that is cut, lengthened or changed.
            let wrong = Err(Error::WrongProof);
            assert_eq!(check(&leaf_hash(b"no"), index, size, &proof, &top), wrong);
            assert_eq!(check(&leaf, index, size, &proof, &[7; 32]), wrong);
            let other = (index + 1) % size;
            if other != index {
                assert_eq!(check(&leaf, other, size, &proof, &top), wrong);
            }
            assert_eq!(check(&leaf, size, size, &proof, &top), wrong);
            let longer = [proof.as_slice(), &[top]].concat();
            assert_eq!(check(&leaf, index, size, &longer, &top), wrong);
            if let Some((_, shorter)) = proof.split_last() {
                assert_eq!(check(&leaf, index, size, shorter, &top), wrong);
                let mut changed = proof.clone();
                changed[usize::try_from(index).unwrap() % proof.len()][0] ^= 1;
                assert_eq!(check(&leaf, index, size, &changed, &top), wrong);
            }
        }
    }
}

#[test]
fn every_size_is_consistent_with_every_later_one_and_with_no_other_tree() {
    const SIZES: u64 = 130;
    let tree = numbered(SIZES);
    let other = (0..SIZES)
        .map(|number| vec![u8::try_from(number % 251).unwrap(); 3])
        .collect::<Tree>();
    let wrong = Err(Error::WrongProof);
    for new in 0..=SIZES {
        assert!(consistency(new + 1, new).is_none());
        for old in 0..=new {
            let proof = tree.make(&consistency(old, new).unwrap());
            let check = |old_root: &Hash, new_root: &Hash, proof: &[Hash]| {
                verify_consistency(old, new, old_root, new_root, proof)
            };
            let (before, after) = (tree.root_at(old), tree.root_at(new));
            check(&before, &after, &proof).unwrap();
            let longer = [proof.as_slice(), &[after]].concat();
            assert_eq!(check(&before, &after, &longer), wrong);
            if old == 0 {
                continue;
            }
            assert_eq!(check(&other.root_at(old), &after, &proof), wrong);
            assert_eq!(check(&before, &other.root_at(new), &proof), wrong);
            for at in 0..proof.len() {
                let mut changed = proof.clone();
                changed[at][31] ^= 1;
                assert_eq!(check(&before, &after, &changed), wrong, "{old} {new} {at}");
            }
            if let Some((_, shorter)) = proof.split_last() {
                assert_eq!(check(&before, &after, shorter), wrong);
            }
        }
    }
    assert_eq!(
        verify_consistency(2, 1, &tree.root_at(2), &tree.root_at(1), &[]),
        wrong
    );
}

#[test]
fn a_frontier_needs_its_peaks() {
    let tree = numbered(6);
    let frontier = Frontier::new(6, tree.frontier().peaks().to_vec()).unwrap();
    assert_eq!(frontier.root(), tree.root_at(6));
    assert!(Frontier::new(7, tree.frontier().peaks().to_vec()).is_err());
    assert_eq!(Frontier::default().root(), empty_root());
}

proptest! {
    #[test]
    fn stored_nodes_make_the_defined_root(
        leaves in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 0..300)
    ) {
        let tree = Tree::from_iter(leaves.clone());
        let expected = defined_root(&leaves);
        prop_assert_eq!(tree.root_at(leaves.len() as u64), expected);
        prop_assert_eq!(tree.frontier().root(), expected);
    }

    #[test]
    fn a_proof_of_random_hashes_proves_nothing(
        index in 0_u64..1_000,
        size in 1_u64..1_000,
        proof in proptest::collection::vec(any::<[u8; 32]>(), 0..20),
        top in any::<[u8; 32]>(),
    ) {
        prop_assert!(verify_inclusion(&leaf_hash(b"x"), index, size, &proof, &top).is_err());
        prop_assert!(verify_consistency(index, size, &leaf_hash(b"x"), &top, &proof).is_err());
    }
}
