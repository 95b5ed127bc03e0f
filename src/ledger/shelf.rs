//! A map that remembers what was changed.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Entries by key, and the keys whose entry may have changed since
/// [`Shelf::take_touched`] was last asked for them.
#[derive(Debug, Clone)]
pub(super) struct Shelf<K, V> {
    entries: HashMap<K, V>,
    touched: HashSet<K>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self {
            entries: HashMap::new(),
            touched: HashSet::new(),
        }
    }
}

impl<K: Ord + Hash + Clone, V> Shelf<K, V> {
    /// The entry, to look at.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    /// Whether the entry differs from what is stored.
    pub(super) fn is_touched(&self, key: &K) -> bool {
        self.touched.contains(key)
    }

    /// Puts an entry there that is as stored.
    pub(super) fn load(&mut self, key: K, value: V) {
        self.entries.insert(key, value);
    }

    /// Takes an entry away that is not stored any more.
    pub(super) fn unload(&mut self, key: &K) {
        self.entries.remove(key);
    }

    /// The entry, to change.
    pub(super) fn edit(&mut self, key: &K) -> Option<&mut V> {
        let entry = self.entries.get_mut(key)?;
        if !self.touched.contains(key) {
            self.touched.insert(key.clone());
        }
        Some(entry)
    }

    /// Puts a new or changed entry there.
    pub(super) fn put(&mut self, key: K, value: V) {
        self.touched.insert(key.clone());
        self.entries.insert(key, value);
    }

    /// Takes an entry away, and with it what was to be stored of it.
    pub(super) fn drop_touched(&mut self, key: &K) {
        self.entries.remove(key);
        self.touched.remove(key);
    }

    /// Lets go of the entries that `keep` refuses.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.entries.retain(|key, entry| keep(key, entry));
    }

    /// Takes those of `keys` that are touched.
    pub(super) fn take_touched(&mut self, keys: impl IntoIterator<Item = K>) -> Vec<K> {
        let keys = keys.into_iter();
        keys.filter(|key| self.touched.remove(key)).collect()
    }

    /// Takes all touched keys, in their order.
    pub(super) fn take_all_touched(&mut self) -> Vec<K> {
        let mut taken: Vec<K> = self.touched.drain().collect();
        taken.sort_unstable();
        taken
    }

    /// How many entries there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}
