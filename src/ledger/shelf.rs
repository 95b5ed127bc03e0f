//! A map that remembers what was changed.

use std::collections::{BTreeMap, BTreeSet};

/// Entries by key, and the keys whose entry may have changed since
/// [`Shelf::touched`] was last taken.
#[derive(Debug)]
pub(super) struct Shelf<K, V> {
    entries: BTreeMap<K, V>,
    touched: BTreeSet<K>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            touched: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone, V> Shelf<K, V> {
    /// The entry, to look at.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// All entries in the order of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.entries.iter()
    }

    /// Puts an entry there that is as stored.
    pub(super) fn load(&mut self, key: K, value: V) {
        self.entries.insert(key, value);
    }

    /// The entry, to change.
    pub(super) fn edit(&mut self, key: &K) -> Option<&mut V> {
        let entry = self.entries.get_mut(key)?;
        self.touched.insert(key.clone());
        Some(entry)
    }

    /// Puts a new or changed entry there.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.touched.insert(key.clone());
        self.entries.insert(key, value);
    }

    /// Takes an entry away.
    pub(super) fn remove(&mut self, key: &K) {
        if self.entries.remove(key).is_some() {
            self.touched.insert(key.clone());
        }
    }

    /// Changes every entry that `choose` points at, and drops those it refuses.
    pub(super) fn retain(&mut self, keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain(keep);
    }

    /// Forgets which keys were touched.
    pub(super) fn forget_touched(&mut self) {
        self.touched.clear();
    }

    /// Takes the list of touched keys, each with its entry if it still has one.
    pub(super) fn take_touched(&mut self) -> Vec<(K, Option<&V>)> {
        std::mem::take(&mut self.touched)
            .into_iter()
            .map(|key| {
                let entry = self.entries.get(&key);
                (key, entry)
            })
            .collect()
    }
}
