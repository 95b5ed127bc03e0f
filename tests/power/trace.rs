//! What the built program asks of the system, as `strace` tells it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The calls that change files, make them durable, or say something to others.
const CALLS: &str = "trace=openat,pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,\
                     ftruncate,fallocate,rename,renameat,renameat2,unlink,unlinkat";

/// `.db`, as the log has it.
const DOT_DB: &str = r"\x2e\x64\x62";

/// Longer than any write.
const WHOLE: &str = "100000000";

/// One call that had its effect.
#[derive(Debug)]
pub(crate) enum Call {
    /// A file was opened that is made if there is none.
    Create { path: PathBuf },
    /// Bytes went to a place in a file.
    Write {
        path: PathBuf,
        at: usize,
        bytes: Vec<u8>,
    },
    /// A file got another length.
    Truncate { path: PathBuf, length: usize },
    /// A name was taken from its file.
    Remove { path: PathBuf },
    /// What was written to the file, or the names in the directory, are on
    /// stable storage.
    Sync { path: PathBuf },
    /// Bytes left for whoever is at the other end of a socket or pipe.
    Say { bytes: Vec<u8> },
}

/// Whether there is a `strace` that may watch.
pub(crate) fn is_possible() -> bool {
    let tried = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status();
    tried.is_ok_and(|status| status.success())
}

/// `program`, watched; [`read`] gives what it did.
pub(crate) fn watched(program: &Command, log: &Path) -> Command {
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-xx", "-e", "signal=none", "-e", CALLS])
        .args(["-s", WHOLE, "-o"])
        .arg(log)
        .arg(program.get_program())
        .args(program.get_args());
    if let Some(dir) = program.get_current_dir() {
        strace.current_dir(dir);
    }
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    strace
}

/// The calls of the log in which files below `dir` or anybody else took part.
///
/// Of a call that is told in two lines, a sync counts from the second and all
/// others from the first: no write is taken for durable too early, and no
/// request for sent too late.
pub(crate) fn read(log: &Path, dir: &Path) -> Vec<Call> {
    let text = fs::read_to_string(log).unwrap();
    let mut syncing = Vec::new();
    let mut calls = Vec::new();
    for line in text.lines() {
        let (process, told) = line.split_once(' ').unwrap();
        let told = told.trim_start();
        if told.starts_with("<... ") {
            if told.contains("sync resumed") {
                let at = syncing.iter().position(|(other, _)| *other == process);
                calls.extend(at.map(|at| syncing.remove(at).1));
            }
            continue;
        }
        let Some(call) = call(told, dir) else {
            continue;
        };
        let is_sync = matches!(call, Call::Sync { .. });
        if is_sync && told.contains("<unfinished") {
            syncing.push((process, call));
        } else {
            calls.push(call);
        }
    }
    calls
}

/// The call in a line like `pwrite64(9<PATH>, "…", 2, 0) = 2`.
fn call(told: &str, dir: &Path) -> Option<Call> {
    let (name, rest) = told.split_once('(')?;
    if told.contains(") = -1 ") {
        return None;
    }
    let file =
        || Some(PathBuf::from(text(between(rest, "<", ">")?))).filter(|at| at.starts_with(dir));
    let quoted = || bytes(between(rest, "\"", "\"").unwrap_or_default());
    // The program was started in `dir`.
    let named = |name| Some(dir.join(String::from_utf8(name).ok()?));
    // Numbers follow the last text.
    let numbers: Vec<usize> = rest
        .rsplit(['"', '>'])
        .find(|part| part.contains(", "))
        .unwrap_or_default()
        .split(|sign: char| !sign.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    match name {
        "openat" => {
            let path = named(quoted())?;
            (rest.contains("O_CREAT") && path.starts_with(dir)).then_some(Call::Create { path })
        }
        "pwrite64" => Some(Call::Write {
            path: file()?,
            at: *numbers.get(1)?,
            bytes: quoted(),
        }),
        "ftruncate" => Some(Call::Truncate {
            path: file()?,
            length: *numbers.first()?,
        }),
        "unlink" => Some(Call::Remove {
            path: named(quoted())?,
        }),
        "fsync" | "fdatasync" => Some(Call::Sync { path: file()? }),
        "write" | "writev" | "sendto" | "sendmsg" if file().is_none() => {
            let parts = rest.split('"').skip(1).step_by(2);
            Some(Call::Say {
                bytes: parts.flat_map(bytes).collect(),
            })
        }
        _ => {
            // Files of the ledger are written in no other way; where that
            // changes, the disk below must learn it.
            let known = ["write", "writev"].contains(&name) || !rest.contains(DOT_DB);
            assert!(known, "{told}");
            None
        }
    }
}

fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    let (_, inner) = text.split_once(open)?;
    Some(inner.split_once(close)?.0)
}

/// What `\x41\x42` stands for.
fn bytes(escaped: &str) -> Vec<u8> {
    let digits = escaped.split("\\x").skip(1);
    digits
        .map(|two| u8::from_str_radix(two, 16).unwrap())
        .collect()
}

fn text(escaped: &str) -> String {
    String::from_utf8(bytes(escaped)).unwrap()
}
