//! The template engine, tamed.

use std::{
    collections::BTreeSet,
    fmt,
    io::{self, Write},
};

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};

use super::{TextFormat, escape::escaped, size::MAX_BYTES};
use crate::model::Fields;

/// More output than this is not kept: it is too large to be sent in any case.
const MAX_OUTPUT: usize = 4 * MAX_BYTES;

/// Steps a template may take for one person; an ordinary one takes hundreds.
const FUEL: u64 = 100_000;

/// Functions that could keep a template busy or show what it was given.
const REMOVED: [&str; 2] = ["range", "debug"];

/// Turns one template into text.
#[derive(Clone)]
pub(super) struct Engine {
    environment: Environment<'static>,
    name: &'static str,
    source: String,
    fields: BTreeSet<String>,
}

/// Why a template gave no text.
#[derive(Debug)]
pub(super) enum Trouble {
    /// A field has no value. Which one may be unknown.
    Missing(Option<String>),
    /// There is more output than can be sent.
    TooLarge,
    /// Something else.
    Broken(Error),
}

impl Engine {
    /// Compiles the template `source`, called `name` in what is said of it.
    pub(super) fn new(name: &'static str, source: &str, format: TextFormat) -> Result<Self, Error> {
        let mut environment = Environment::new();
        // Printing what is absent is refused; asking whether it is there is not.
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        // Any but `None` keeps what was escaped once from being escaped again.
        let auto_escape = match format {
            TextFormat::Markdown | TextFormat::Html => AutoEscape::Html,
            TextFormat::Plain => AutoEscape::None,
        };
        environment.set_auto_escape_callback(move |_| auto_escape);
        environment.set_formatter(move |out, _, value| {
            if value.is_safe() {
                write!(out, "{value}").map_err(Error::from)
            } else {
                let text = escaped(&value.to_string(), format);
                out.write_str(&text).map_err(Error::from)
            }
        });
        environment.set_fuel(Some(FUEL));
        for name in REMOVED {
            environment.remove_global(name);
        }
        let known: BTreeSet<_> = environment
            .globals()
            .map(|(name, _)| name.to_owned())
            .collect();
        environment.add_template_owned(name, source.to_owned())?;
        let template = environment.get_template(name)?;
        let fields = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|field| !known.contains(field))
            .collect();
        Ok(Self {
            name,
            source: source.to_owned(),
            fields,
            environment,
        })
    }

    /// The template as written.
    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The fields the template mentions.
    pub(super) fn fields(&self) -> &BTreeSet<String> {
        &self.fields
    }

    /// The text for one person.
    pub(super) fn render(&self, fields: &Fields) -> Result<String, Trouble> {
        let mut output = Bounded(Vec::new());
        self.environment
            .get_template(self.name)
            .and_then(|template| template.render_captured_to(fields, &mut output).map(|_| ()))
            .map_err(|error| self.trouble(error, fields))?;
        let text = String::from_utf8_lossy(&output.0);
        Ok(text.trim_end().to_owned())
    }

    fn trouble(&self, error: Error, fields: &Fields) -> Trouble {
        if error.kind() == ErrorKind::UndefinedError {
            return Trouble::Missing(self.missing(&error, fields));
        }
        if error.kind() == ErrorKind::WriteFailure {
            return Trouble::TooLarge;
        }
        Trouble::Broken(error)
    }

    /// The absent field that is to blame: one named where the error is, or
    /// else any.
    fn missing(&self, error: &Error, fields: &Fields) -> Option<String> {
        let absent = || {
            let absent = self.fields.iter();
            absent.filter(|field| !fields.contains_key(*field))
        };
        let place = error.range().and_then(|range| self.source.get(range));
        absent()
            .find(|field| place.is_some_and(|place| place.contains(field.as_str())))
            .or_else(|| absent().next())
            .cloned()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Engine").field(&self.source).finish()
    }
}

/// Output that ends in an error when it becomes too large.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if MAX_OUTPUT < self.0.len() + bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
