//! Reads a `$filter`: `or` binds less than `and`, which binds less than `not`.

use std::{iter::Peekable, vec::IntoIter};

use super::{
    filter::{Filter, FilterError, Literal},
    lexer::{Token, tokens},
};

/// How deep conditions may nest; the service has a limit of its own.
const DEEPEST: usize = 30;

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser {
            tokens: tokens(text)?.into_iter().peekable(),
            depth: 0,
            variable: None,
        };
        let filter = parser.either()?;
        if parser.tokens.next().is_some() {
            Err(FilterError::Syntax)
        } else {
            Ok(filter)
        }
    }
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
    depth: usize,
    /// The name of an element inside `any(…)`.
    variable: Option<String>,
}

impl Parser {
    fn either(&mut self) -> Result<Filter, FilterError> {
        self.depth += 1;
        if DEEPEST < self.depth {
            return Err(FilterError::Syntax);
        }
        let mut parts = vec![self.both()?];
        while self.take_word("or") {
            parts.push(self.both()?);
        }
        self.depth -= 1;
        Ok(single_or(parts, Filter::Or))
    }

    fn both(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.one()?];
        while self.take_word("and") {
            parts.push(self.one()?);
        }
        Ok(single_or(parts, Filter::And))
    }

    fn one(&mut self) -> Result<Filter, FilterError> {
        if self.take(&Token::Open) {
            let filter = self.either()?;
            self.expect(&Token::Close)?;
            return Ok(filter);
        }
        match self.word()?.as_str() {
            "not" => {
                self.depth += 1;
                if DEEPEST < self.depth {
                    return Err(FilterError::Syntax);
                }
                let inner = self.one()?;
                self.depth -= 1;
                Ok(Filter::Not(Box::new(inner)))
            }
            "startswith" | "startsWith" => self.function(Filter::Starts),
            "endswith" | "endsWith" => self.function(Filter::Ends),
            path => match path.strip_suffix("/any") {
                Some(collection) => self.any(collection),
                None => self.comparison(path),
            },
        }
    }

    fn comparison(&mut self, path: &str) -> Result<Filter, FilterError> {
        let path = self.own(path)?;
        match self.word()?.as_str() {
            "eq" => Ok(Filter::Equal(path, self.literal()?)),
            "ne" => Ok(Filter::Unequal(path, self.literal()?)),
            "in" => {
                self.expect(&Token::Open)?;
                let mut values = vec![self.literal()?];
                while self.take(&Token::Comma) {
                    values.push(self.literal()?);
                }
                self.expect(&Token::Close)?;
                Ok(Filter::In(path, values))
            }
            "gt" | "ge" | "lt" | "le" | "has" => Err(FilterError::Unsupported(path)),
            _ => Err(FilterError::Syntax),
        }
    }

    fn function(&mut self, make: fn(String, String) -> Filter) -> Result<Filter, FilterError> {
        self.expect(&Token::Open)?;
        let path = self.word()?;
        let path = self.own(&path)?;
        self.expect(&Token::Comma)?;
        let Literal::Text(text) = self.literal()? else {
            return Err(FilterError::Syntax);
        };
        self.expect(&Token::Close)?;
        Ok(make(path, text))
    }

    /// Reads `(x:condition on x)`.
    fn any(&mut self, collection: &str) -> Result<Filter, FilterError> {
        self.expect(&Token::Open)?;
        let variable = self.word()?;
        self.expect(&Token::Colon)?;
        let outer = self.variable.replace(variable);
        let condition = self.either()?;
        self.variable = outer;
        self.expect(&Token::Close)?;
        Ok(Filter::Any(collection.to_owned(), Box::new(condition)))
    }

    /// Takes the element's name off a path inside `any(…)`.
    fn own(&self, path: &str) -> Result<String, FilterError> {
        match &self.variable {
            None => Ok(path.to_owned()),
            Some(variable) => path
                .strip_prefix(variable.as_str())
                .and_then(|rest| rest.strip_prefix('/'))
                .map(str::to_owned)
                .ok_or(FilterError::Syntax),
        }
    }

    fn word(&mut self) -> Result<String, FilterError> {
        match self.tokens.next() {
            Some(Token::Word(word)) => Ok(word),
            Some(Token::Literal(_) | Token::Open | Token::Close | Token::Comma | Token::Colon)
            | None => Err(FilterError::Syntax),
        }
    }

    fn literal(&mut self) -> Result<Literal, FilterError> {
        match self.tokens.next() {
            Some(Token::Literal(literal)) => Ok(literal),
            Some(Token::Word(_) | Token::Open | Token::Close | Token::Comma | Token::Colon)
            | None => Err(FilterError::Syntax),
        }
    }

    fn take(&mut self, token: &Token) -> bool {
        self.tokens.next_if_eq(token).is_some()
    }

    fn take_word(&mut self, word: &str) -> bool {
        self.tokens
            .next_if(|token| matches!(token, Token::Word(found) if found == word))
            .is_some()
    }

    fn expect(&mut self, token: &Token) -> Result<(), FilterError> {
        if self.take(token) {
            Ok(())
        } else {
            Err(FilterError::Syntax)
        }
    }
}

fn single_or(mut parts: Vec<Filter>, make: fn(Vec<Filter>) -> Filter) -> Filter {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            make(parts)
        }
        (_, None) => make(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equal(path: &str, text: &str) -> Filter {
        Filter::Equal(path.to_owned(), Literal::Text(text.to_owned()))
    }

    #[test]
    fn and_binds_more_than_or() {
        let filter: Filter = "a eq '1' or b eq '2' and c eq '3'".parse().unwrap();

        assert_eq!(
            Filter::Or(vec![
                equal("a", "1"),
                Filter::And(vec![equal("b", "2"), equal("c", "3")])
            ]),
            filter
        );
    }

    #[test]
    fn a_doubled_quote_stands_for_itself() {
        assert_eq!(
            Ok(equal("mail", "o'brien@x")),
            "mail eq 'o''brien@x'".parse()
        );
    }

    #[test]
    fn a_lambda_names_its_element() {
        let filter = "installedApps/any(a:a/teamsApp/id eq 'x')".parse();

        assert_eq!(
            Ok(Filter::Any(
                "installedApps".to_owned(),
                Box::new(equal("teamsApp/id", "x"))
            )),
            filter
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let deep = format!("{}a eq 1", "(".repeat(100_000));
        let nots = format!("{} a eq '1'", "not ".repeat(100_000));
        for text in [
            "",
            "a",
            "a eq",
            "a eq 'x",
            "a like 'x'",
            "(a eq 'x'",
            "a eq 'x')",
            "any(x:",
            &deep,
            &nots,
        ] {
            assert!(text.parse::<Filter>().is_err(), "{text}");
        }
    }
}
