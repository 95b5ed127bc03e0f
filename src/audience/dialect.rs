//! Which character separates the cells.

/// The delimiters, the likeliest first.
const DELIMITERS: [u8; 3] = *b",;\t";

/// The delimiter that stands most often in the header, outside quotes.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    let mut quoted = false;
    let bare = header.iter().filter(|byte| {
        quoted ^= **byte == b'"';
        !quoted
    });
    let mut times = [0_usize; DELIMITERS.len()];
    for byte in bare {
        for (delimiter, times) in DELIMITERS.iter().zip(&mut times) {
            *times += usize::from(byte == delimiter);
        }
    }
    let [comma, ..] = DELIMITERS;
    DELIMITERS
        .into_iter()
        .zip(times)
        // Of equals `max_by_key` takes the last, which is to be the likeliest.
        .rev()
        .max_by_key(|(_, times)| *times)
        .map_or(comma, |(delimiter, _)| delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_most_frequent_in_the_header_outside_quotes() {
        assert_eq!(delimiter(b"mail"), b',');
        assert_eq!(delimiter(b"mail,name;x,y"), b',');
        assert_eq!(delimiter(b"mail;\"a,b,c\";name"), b';');
        assert_eq!(delimiter(b"mail\tname"), b'\t');
    }
}
