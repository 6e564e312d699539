//! The rows that a device keeps, changed in memory and written out as a delta.

use std::{collections::BTreeMap, fmt};

use zeroize::Zeroize;

type Key = Vec<u8>;
type Value = Vec<u8>;

/// An ordered key-value map that knows what changed since it was last written out, and can
/// take back what an operation did.
///
/// OpenMLS and the engine run synchronously over it; afterwards the caller writes
/// [`State::take_changes`] in one transaction with whatever belongs to it. Values hold
/// secrets: they are never printed, and wiped when the state is dropped.
#[derive(Default)]
pub struct State {
    rows: BTreeMap<Key, Value>,
    /// For each key touched since the last `take_changes`: its value then.
    before: BTreeMap<Key, Option<Value>>,
    /// What to restore, newest last; empty outside `atomically`.
    journal: Vec<(Key, Option<Value>)>,
    /// How many `atomically` are running.
    depth: usize,
}

impl State {
    /// The state that these rows make up, unchanged so far.
    pub fn from_rows(rows: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>) -> Self {
        let mut state = Self::default();
        state.rows.extend(rows);
        state
    }

    /// The value of `key`.
    pub fn get(&self, key: &[u8]) -> Option<&[u8]> {
        self.rows.get(key).map(Vec::as_slice)
    }

    /// Sets `key` to `value`.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        if self.get(&key) != Some(&value) {
            self.set(key, Some(value));
        }
    }

    /// Deletes `key`, if it is there.
    pub fn delete(&mut self, key: &[u8]) {
        if self.rows.contains_key(key) {
            self.set(key.to_vec(), None);
        }
    }

    /// The rows whose keys begin with `prefix`, in the order of their keys.
    pub fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
    ) -> impl DoubleEndedIterator<Item = (&'a [u8], &'a [u8])> {
        let from = std::ops::Bound::Included(prefix.to_vec());
        let to = end_of(prefix).map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        self.rows
            .range((from, to))
            .map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// Runs `f`; if it fails (or panics), every change that it made is undone. Nests.
    ///
    /// # Errors
    /// What `f` returns.
    pub fn atomically<T, E>(&mut self, f: impl FnOnce(&mut State) -> Result<T, E>) -> Result<T, E> {
        let mut undo = Undo::begin(self);
        let result = f(undo.state);
        undo.keep = result.is_ok();
        result
    }

    /// What differs from the last call (or from the start): `Some` is a new value, `None`
    /// a deletion. A row that was changed and changed back is not reported.
    pub fn take_changes(&mut self) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        std::mem::take(&mut self.before)
            .into_iter()
            .filter_map(|(key, mut before)| {
                let changed = self.rows.get(&key) != before.as_ref();
                before.zeroize();
                let now = changed.then(|| self.rows.get(&key).cloned());
                now.map(|now| (key, now))
            })
            .collect()
    }

    fn set(&mut self, key: Key, value: Option<Value>) {
        let old = match value {
            Some(value) => self.rows.insert(key.clone(), value),
            None => self.rows.remove(&key),
        };
        if self.depth > 0 {
            self.journal.push((key.clone(), old.clone()));
        }
        self.before.entry(key).or_insert(old);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("rows", &self.rows.len())
            .field("touched", &self.before.len())
            .finish_non_exhaustive()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.rows.values_mut().for_each(Zeroize::zeroize);
        self.before.values_mut().for_each(Zeroize::zeroize);
        self.journal
            .iter_mut()
            .for_each(|(_, value)| value.zeroize());
    }
}

/// Takes back what was done since it began, unless told to keep it; also on a panic.
struct Undo<'a> {
    state: &'a mut State,
    mark: usize,
    keep: bool,
}

impl<'a> Undo<'a> {
    fn begin(state: &'a mut State) -> Self {
        state.depth += 1;
        let mark = state.journal.len();
        Self {
            state,
            mark,
            keep: false,
        }
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        let state = &mut *self.state;
        state.depth -= 1;
        if !self.keep {
            let undone = state.journal.split_off(self.mark);
            let depth = std::mem::take(&mut state.depth);
            for (key, value) in undone.into_iter().rev() {
                state.set(key, value);
            }
            state.depth = depth;
        }
        if state.depth == 0 {
            state
                .journal
                .drain(..)
                .for_each(|(_, mut value)| value.zeroize());
        }
    }
}

/// The first key after every key that begins with `prefix`; none if there is no such key.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte != 0xff)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8, u8),
        Delete(u8),
        Take,
        Atomically(Vec<Step>, bool),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let leaf = prop_oneof![
            4 => (0..6u8, 0..3u8).prop_map(|(k, v)| Step::Put(k, v)),
            2 => (0..6u8).prop_map(Step::Delete),
            1 => Just(Step::Take),
        ];
        let step = leaf.prop_recursive(3, 24, 6, |inner| {
            (prop::collection::vec(inner, 0..6), any::<bool>())
                .prop_map(|(steps, ok)| Step::Atomically(steps, ok))
        });
        prop::collection::vec(step, 0..24)
    }

    type Model = BTreeMap<Vec<u8>, Vec<u8>>;

    /// Runs the program on the state and on a plain map; `disk` is what the deltas add up to.
    fn run(steps: &[Step], state: &mut State, model: &mut Model, disk: &mut Model) {
        for step in steps {
            match step {
                Step::Put(k, v) => {
                    state.put(vec![*k], vec![*v]);
                    model.insert(vec![*k], vec![*v]);
                }
                Step::Delete(k) => {
                    state.delete(&[*k]);
                    model.remove(&vec![*k]);
                }
                Step::Take => write_out(state, disk),
                Step::Atomically(inner, ok) => {
                    let saved = model.clone();
                    let result = state.atomically(|state| {
                        run(inner, state, model, disk);
                        if *ok { Ok(()) } else { Err(()) }
                    });
                    if result.is_err() {
                        *model = saved;
                    }
                }
            }
        }
    }

    fn write_out(state: &mut State, disk: &mut Model) {
        for (key, value) in state.take_changes() {
            assert_ne!(
                disk.get(&key),
                value.as_ref(),
                "an unchanged row was reported"
            );
            match value {
                Some(value) => disk.insert(key, value),
                None => disk.remove(&key),
            };
        }
    }

    fn rows(state: &State) -> Model {
        state
            .scan(b"")
            .map(|(k, v)| (k.to_vec(), v.to_vec()))
            .collect()
    }

    proptest! {
        #[test]
        fn any_program_leaves_state_and_deltas_as_the_model(steps in steps()) {
            let (mut state, mut model, mut disk) = (State::default(), Model::new(), Model::new());
            run(&steps, &mut state, &mut model, &mut disk);
            prop_assert_eq!(rows(&state), model.clone());
            write_out(&mut state, &mut disk);
            prop_assert_eq!(&disk, &model);
            prop_assert!(state.take_changes().is_empty());
            prop_assert_eq!(rows(&State::from_rows(disk)), model);
        }

        #[test]
        fn a_scan_finds_exactly_what_begins_with_the_prefix(
            keys in prop::collection::btree_set(prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..4), 0..20),
            prefix in prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(0xff)], 0..3),
        ) {
            let state = State::from_rows(keys.iter().map(|k| (k.clone(), vec![])));
            let found: Vec<_> = state.scan(&prefix).map(|(k, _)| k.to_vec()).collect();
            let expected: Vec<_> = keys.into_iter().filter(|k| k.starts_with(&prefix)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_panic_undoes_too() {
        let mut state = State::from_rows([(b"a".to_vec(), b"1".to_vec())]);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _: Result<(), ()> = state.atomically(|state| {
                state.delete(b"a");
                std::panic::resume_unwind(Box::new("stop"))
            });
        }));
        assert!(caught.is_err());
        assert_eq!(state.get(b"a"), Some(&b"1"[..]));
        assert!(state.take_changes().is_empty());
    }

    #[test]
    fn debug_tells_no_content() {
        let state = State::from_rows([(b"key".to_vec(), b"secret".to_vec())]);
        assert_eq!(format!("{state:?}"), "State { rows: 1, touched: 0, .. }");
    }
}
