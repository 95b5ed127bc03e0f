//! A disk that loses power: what was synced is there, the rest may be.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use rand::{Rng, rngs::StdRng};

use crate::trace::Call;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// What becomes of writes that were not synced.
#[derive(Debug)]
pub(crate) enum Unsynced<'a> {
    /// All of them are lost.
    Lost,
    /// Each of their sectors is lost or kept, and so is each name.
    Any(&'a mut StdRng),
}

/// A disk between two calls.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    /// Which file a name stands for, by number.
    names: BTreeMap<PathBuf, usize>,
    /// The same, as it is on stable storage.
    synced_names: BTreeMap<PathBuf, usize>,
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// What was done since, in order.
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

impl Disk {
    /// Does what the call does to files.
    pub(crate) fn apply(&mut self, call: &Call) {
        match call {
            Call::Create { path } => {
                if !self.names.contains_key(path) {
                    self.names.insert(path.clone(), self.files.len());
                    self.files.push(File::default());
                }
            }
            Call::Write { path, at, bytes } => {
                let (at, bytes) = (*at, bytes.clone());
                self.file(path).changes.push(Change::Write { at, bytes });
            }
            Call::Truncate { path, length } => {
                self.file(path).changes.push(Change::Truncate(*length));
            }
            Call::Remove { path } => {
                self.names.remove(path);
            }
            Call::Sync { path } if self.names.contains_key(path) => self.file(path).sync(),
            Call::Sync { path } => self.sync_names(path),
            Call::Say { .. } => {}
        }
    }

    /// Writes the files whose names begin with `name` into `dir`, as they are
    /// found after the power was cut.
    pub(crate) fn after_a_cut(&self, name: &str, dir: &Path, mut unsynced: Unsynced<'_>) {
        let mut names = self.synced_names.clone();
        if let Unsynced::Any(random) = &mut unsynced
            && random.random()
        {
            names.clone_from(&self.names);
        }
        for (path, file) in names {
            let file_name = path.file_name().unwrap().to_str().unwrap();
            // The index of the journal is made anew by whoever opens it first.
            if file_name.starts_with(name) && !file_name.ends_with("-shm") {
                let contents = self.files[file].after_a_cut(&mut unsynced);
                fs::write(dir.join(file_name), contents).unwrap();
            }
        }
    }

    fn file(&mut self, path: &Path) -> &mut File {
        let number = self.names[path];
        &mut self.files[number]
    }

    fn sync_names(&mut self, dir: &Path) {
        let within = |path: &PathBuf| path.parent() == Some(dir);
        self.synced_names.retain(|path, _| !within(path));
        let now = self.names.iter().filter(|(path, _)| within(path));
        self.synced_names
            .extend(now.map(|(path, file)| (path.clone(), *file)));
    }
}

impl File {
    fn sync(&mut self) {
        for change in self.changes.drain(..) {
            change.make(&mut self.synced, &mut |_| true);
        }
    }

    fn after_a_cut(&self, unsynced: &mut Unsynced<'_>) -> Vec<u8> {
        let mut contents = self.synced.clone();
        if let Unsynced::Any(random) = unsynced {
            // From nothing to everything, so that both ends occur as well.
            let kept = random.random_range(0.0..=1.0);
            for change in &self.changes {
                change.make(&mut contents, &mut |_| random.random_bool(kept));
            }
        }
        contents
    }
}

impl Change {
    /// Makes it, with those of its sectors that `keep` chooses.
    fn make(&self, contents: &mut Vec<u8>, keep: &mut dyn FnMut(usize) -> bool) {
        match self {
            Self::Truncate(length) => {
                if keep(0) {
                    contents.resize(*length, 0);
                }
            }
            Self::Write { at, bytes } => {
                let mut from = *at;
                while from < at + bytes.len() {
                    let to = (from / SECTOR * SECTOR + SECTOR).min(at + bytes.len());
                    if keep(from / SECTOR) {
                        let length = contents.len().max(to);
                        contents.resize(length, 0);
                        contents[from..to].copy_from_slice(&bytes[from - at..to - at]);
                    }
                    from = to;
                }
            }
        }
    }
}
