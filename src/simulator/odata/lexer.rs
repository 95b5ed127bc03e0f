//! Cuts a `$filter` into tokens.

use std::{iter::Peekable, str::Chars};

use super::filter::{FilterError, Literal};
use crate::simulator::guid::Guid;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A path, an operator or a function name.
    Word(String),
    /// A constant.
    Literal(Literal),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `:`
    Colon,
}

/// Cuts `text` into tokens.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&first) = rest.peek() {
        let token = match first {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            ':' => Token::Colon,
            '\'' => {
                rest.next();
                tokens.push(Token::Literal(Literal::Text(quoted(&mut rest)?)));
                continue;
            }
            _ if first.is_whitespace() => {
                rest.next();
                continue;
            }
            _ if is_word(first) => {
                tokens.push(word(&mut rest));
                continue;
            }
            _ => return Err(FilterError::Syntax),
        };
        rest.next();
        tokens.push(token);
    }
    Ok(tokens)
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '/' | '_' | '-' | '.' | '@' | '$')
}

/// Reads up to the closing quote; a doubled one stands for itself.
fn quoted(rest: &mut Peekable<Chars<'_>>) -> Result<String, FilterError> {
    let mut text = String::new();
    while let Some(letter) = rest.next() {
        if letter != '\'' {
            text.push(letter);
        } else if rest.next_if_eq(&'\'').is_some() {
            text.push('\'');
        } else {
            return Ok(text);
        }
    }
    Err(FilterError::Syntax)
}

fn word(rest: &mut Peekable<Chars<'_>>) -> Token {
    let mut text = String::new();
    while let Some(letter) = rest.next_if(|&letter| is_word(letter)) {
        text.push(letter);
    }
    match text.as_str() {
        "true" => Token::Literal(Literal::Bool(true)),
        "false" => Token::Literal(Literal::Bool(false)),
        "null" => Token::Literal(Literal::Null),
        _ => match text.parse::<Guid>() {
            Ok(guid) => Token::Literal(Literal::Guid(guid)),
            Err(_) => Token::Word(text),
        },
    }
}
