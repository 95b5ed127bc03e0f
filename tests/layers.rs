//! Pins the layers of `src/lib.rs`: who may know whom, and how long a file gets.
//!
//! Test code is exempt; it may reach for whatever it needs. The checker reads
//! `crate::…` paths, in `use` and elsewhere, and `super::…` paths that climb to
//! the root of the crate.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a failed step is a failed test"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A module, whom it may know, and why no one else.
const LAYERS: &str = "
    model     |  | the vocabulary depends on nothing
    identity  | model | tokens come before requests
    remote    | model identity | a request knows no endpoint and no recipient
    graph     | model identity remote | one service does not know the other
    connector | model identity remote | one service does not know the other
    ledger    | model | storage knows no network and no policy
    campaign  | model identity remote graph connector ledger | what was asked knows neither its neighbours nor who carries it out
    audience  | model identity remote graph connector ledger | what was asked knows neither its neighbours nor who carries it out
    message   | model identity remote graph connector ledger | what was asked knows neither its neighbours nor who carries it out
    pipeline  | model identity remote graph connector ledger campaign audience message | the job does not print and does not report
    preflight | model identity remote graph connector ledger campaign audience message | what must hold is asked before the job, which does not ask again
    plan      | model identity remote graph connector ledger campaign audience message | a forecast touches nobody, and sends nothing that could
    report    | model identity remote graph connector ledger campaign audience message pipeline preflight plan | edges do not know each other
    progress  | model identity remote graph connector ledger campaign audience message pipeline plan | edges do not know each other
    listen    | model identity remote ledger | what is learnt knows no job
    simulator |  | what judges the program must not share its mistakes
    cli       | model identity remote graph connector ledger campaign audience message pipeline preflight plan report progress listen simulator | it knows every module there is
    main      | cli | everything else is for `cli` to do
    lib       |  | it only lists the modules
";

/// Past this a file has a second idea.
const MOST_LINES: usize = 400;

#[test]
fn no_module_knows_one_that_is_not_below_it() {
    let violations: Vec<String> = sources()
        .iter()
        .flat_map(|source| violations(&source.path, &source.text))
        .collect();

    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_few_pages() {
    for source in every_file() {
        let lines = source.text.lines().count();

        assert!(
            lines <= MOST_LINES,
            "{} has {lines} lines, more than {MOST_LINES}: split off its second idea",
            source.path.display()
        );
    }
}

#[test]
fn the_checker_sees_every_way_to_name_a_module() {
    for (path, text, line) in [
        ("src/model/a.rs", "//! Doc.\nuse crate::ledger::Row;", 2),
        (
            "src/model/a.rs",
            "use crate::{\n    model::B,\n    cli,\n};",
            3,
        ),
        ("src/model/a.rs", "use crate::{model::{A, B}, cli::C};", 1),
        ("src/model/a.rs", "fn f() { crate::report::g(); }", 1),
        ("src/model/a.rs", "pub use crate :: cli;", 1),
        ("src/model/a.rs", "use super::super::cli;", 1),
        ("src/model/mod.rs", "use super::cli;", 1),
        ("src/model.rs", "use super::{cli::A, model::B};", 1),
        ("src/model/a.rs", "use crate::*;", 1),
        ("src/model/a.rs", "/* \" */ use crate::cli; // \"", 1),
        (
            "src/model/a.rs",
            "const C: char = '\"'; use crate::cli; const D: &str = \"\";",
            1,
        ),
        (
            "src/model/a.rs",
            "#[cfg(test)]\nfn a(b: [u8; 2]) {}\nuse crate::cli;",
            3,
        ),
        ("src/graph/a.rs", "use crate::connector::A;", 1),
        ("src/simulator/a.rs", "use crate::model::A;", 1),
        ("src/report/a.rs", "use crate::cli::A;", 1),
        ("src/main.rs", "use teamcast::ledger::A;", 1),
        ("src/newcomer/a.rs", "", 1),
    ] {
        let found = violations(Path::new(path), text);

        assert_eq!(found.len(), 1, "{text}: {found:?}");
        let place = format!("{path}:{line}: ");
        assert!(found[0].starts_with(&place), "{found:?}");
    }
}

#[test]
fn the_checker_lets_pass_what_is_allowed() {
    for (path, text) in [
        ("src/ledger/a.rs", "use crate::model::{A, B};"),
        ("src/ledger/a.rs", "use crate::{ledger::A, model::B};"),
        (
            "src/ledger/a.rs",
            "use super::b; use super::super::model::A;",
        ),
        (
            "src/ledger/a.rs",
            "// use crate::cli;\nconst A: &str = \"crate::cli\";",
        ),
        ("src/ledger/a.rs", "const A: &str = r#\"\"crate::cli\"\"#;"),
        (
            "src/ledger/a.rs",
            "/// See [`crate::cli`].\nfn f<'a>(a: &'a str) {}",
        ),
        (
            "src/ledger/a.rs",
            "#[cfg(test)]\nmod tests {\n    use crate::cli;\n    fn f() {}\n}",
        ),
        ("src/ledger/a.rs", "#[cfg(test)]\nuse crate::cli;"),
        ("src/cli/a.rs", "use crate::{model::A, simulator::B};"),
        ("src/main.rs", "use teamcast::cli;"),
    ] {
        assert_eq!(violations(Path::new(path), text), Vec::<String>::new());
    }
}

/// A file below `src`.
struct Source {
    path: PathBuf,
    text: String,
}

fn every_file() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut dirs = vec![root.join("src")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root).unwrap().to_owned();
                files.push(Source { path, text });
            }
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    files
}

/// Every file that is not test code throughout.
fn sources() -> Vec<Source> {
    let mut files = every_file();
    let tests: Vec<PathBuf> = files
        .iter()
        .flat_map(|source| {
            let dir = directory_of_children(&source.path);
            let (_, modules) = without_tests(&without_text(&source.text));
            modules.into_iter().map(move |module| dir.join(module))
        })
        .collect();
    files.retain(|source| {
        let module = source.path.with_extension("");
        !tests.iter().any(|test| module.starts_with(test))
    });
    files
}

/// Where `mod name;` in the file at `path` looks for its file.
fn directory_of_children(path: &Path) -> PathBuf {
    match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") => path.parent().unwrap().to_owned(),
        _ => path.with_extension(""),
    }
}

/// What is wrong with the file, one line each: where, what and why.
fn violations(path: &Path, text: &str) -> Vec<String> {
    let place = path.display();
    let steps = steps(path);
    let own = steps[0].as_str();
    let Some((allowed, why)) = layer(own) else {
        return vec![format!(
            "{place}:1: `{own}` has no layer: give it one here and in src/lib.rs"
        )];
    };
    let (code, _) = without_tests(&without_text(text));
    let is_root = ["main", "lib"].contains(&own);
    // To `main` the library is another crate.
    let code = code.replace("teamcast::", "crate::");
    named(&code, if is_root { 0 } else { steps.len() })
        .into_iter()
        .filter(|(_, other)| other != own && !allowed.contains(&other.as_str()))
        .map(|(line, other)| format!("{place}:{line}: `{own}` may not know `{other}`: {why}"))
        .collect()
}

/// Whom the module may know, and why no one else.
fn layer(module: &str) -> Option<(Vec<&'static str>, &'static str)> {
    LAYERS.lines().find_map(|line| {
        let mut columns = line.split('|').map(str::trim);
        (columns.next()? == module).then_some(())?;
        Some((
            columns.next()?.split_whitespace().collect(),
            columns.next()?,
        ))
    })
}

/// The modules from the root of the crate to the file.
fn steps(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let steps = inside.iter().map(|step| step.to_str().unwrap().to_owned());
    steps.filter(|step| step != "mod").collect()
}

/// The modules of the crate that the code names, and on which line.
/// `depth` is how many `super` lead to the root; from a root itself, none do.
fn named(code: &str, depth: usize) -> Vec<(usize, String)> {
    let tokens = tokens(code);
    let word = |at: usize| tokens.get(at).map_or("", |(_, word)| word.as_str());
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let mut climbed = 0;
        while word(at) == "super" && word(at + 1) == "::" {
            climbed += 1;
            at += 2;
        }
        if 0 < climbed && climbed == depth {
            found.extend(heads(&tokens[at..]));
        } else if word(at) == "crate" && word(at + 1) == "::" {
            found.extend(heads(&tokens[at + 2..]));
        }
        at += 1;
    }
    found
}

/// The first word of the path, or of each path in the group, that comes next.
fn heads(tokens: &[(usize, String)]) -> Vec<(usize, String)> {
    let mut heads = Vec::new();
    let mut open = 0;
    let mut starts = true;
    for (line, word) in tokens {
        match word.as_str() {
            "{" => open += 1,
            "}" => open -= 1,
            "," => starts = open == 1,
            head if starts => {
                heads.push((*line, head.to_owned()));
                starts = false;
            }
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    heads
}

/// Words, `::` and single signs, each with its line.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    let mut line = 1;
    let mut in_word = false;
    for character in code.chars() {
        let part_of_word = character.is_alphanumeric() || character == '_';
        match tokens.last_mut() {
            Some((_, last)) if part_of_word && in_word => last.push(character),
            Some((_, last)) if character == ':' && last == ":" => last.push(character),
            _ if character.is_whitespace() => {}
            _ => tokens.push((line, character.to_string())),
        }
        in_word = part_of_word;
        line += usize::from(character == '\n');
    }
    tokens
}

/// The code with comments and literals blanked, its lines where they were.
fn without_text(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = literal_or_comment(rest, code.chars().next_back());
        let (taken, after) = rest.split_at(length.max(first.len_utf8()));
        if length == 0 {
            code.push(first);
        } else {
            code.extend(taken.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        }
        rest = after;
    }
    code
}

/// How long the comment or literal is that `rest` begins with.
fn literal_or_comment(rest: &str, before: Option<char>) -> usize {
    let to = |from: usize, end: &str| {
        let found = rest[from..].find(end);
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let hashes = rest.chars().skip(1).take_while(|c| *c == '#').count();
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        to(2, "*/")
    } else if rest.starts_with('"') {
        quoted(rest, '"')
    } else if rest.starts_with("'\\") {
        quoted(rest, '\'')
    } else if rest.starts_with('\'') {
        // Anything else is a lifetime.
        let closing = rest.char_indices().nth(2);
        closing.map_or(0, |(at, sign)| if sign == '\'' { at + 1 } else { 0 })
    } else if !in_word && rest.starts_with('r') && rest[1 + hashes..].starts_with('"') {
        to(2 + hashes, &format!("\"{}", "#".repeat(hashes)))
    } else {
        0
    }
}

/// How long the literal between two `sign`s is.
fn quoted(rest: &str, sign: char) -> usize {
    let mut escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        if !escaped && character == sign {
            return at + 1;
        }
        escaped = !escaped && character == '\\';
    }
    rest.len()
}

/// The code without the items under `#[cfg(test)]`, its lines where they were,
/// and the modules among them that have files of their own.
fn without_tests(code: &str) -> (String, Vec<String>) {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut modules = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let (before, marked) = rest.split_at(start);
        let (item, after) = marked.split_at(item_length(marked));
        kept.push_str(before);
        kept.extend(item.chars().filter(|c| *c == '\n'));
        modules.extend(file_module(item));
        rest = after;
    }
    kept.push_str(rest);
    (kept, modules)
}

/// To the `;` or the closing brace that ends the item.
fn item_length(item: &str) -> usize {
    let mut open = 0_i32;
    for (at, character) in item.char_indices() {
        match character {
            '{' | '(' | '[' => open += 1,
            '}' | ')' | ']' => open -= 1,
            _ => {}
        }
        if open == 0 && (character == '}' || character == ';') {
            return at + 1;
        }
    }
    item.len()
}

/// The name in `mod name;`.
fn file_module(item: &str) -> Option<String> {
    let tokens = tokens(item);
    let words: Vec<&str> = tokens.iter().map(|(_, word)| word.as_str()).collect();
    words.windows(3).find_map(|three| match three {
        ["mod", name, ";"] => Some((*name).to_owned()),
        _ => None,
    })
}
