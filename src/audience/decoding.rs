//! From the bytes of a file to UTF-8, by its byte order mark.

use std::io::{self, BufRead, BufReader, Read};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};

/// A byte that no UTF-8 text contains. It stands for what could not be
/// decoded, so that the row that holds it is found to be malformed.
const UNDECODABLE: u8 = 0xFF;

/// How many bytes are read and decoded at once.
const CHUNK: usize = 16 * 1024;

/// Whatever a file is read from.
type Source = Box<dyn Read + Send>;

/// The content of a file without its byte order mark: UTF-16 as UTF-8,
/// anything else as it is.
pub(super) fn decoded(mut file: impl Read + Send + 'static) -> io::Result<BufReader<Source>> {
    let mut head = Vec::new();
    file.by_ref().take(3).read_to_end(&mut head)?;
    let (mark, decoder) = match head.as_slice() {
        [0xEF, 0xBB, 0xBF] => (3, None),
        [0xFF, 0xFE, ..] => (2, Some(UTF_16LE.new_decoder_without_bom_handling())),
        [0xFE, 0xFF, ..] => (2, Some(UTF_16BE.new_decoder_without_bom_handling())),
        _ => (0, None),
    };
    let rest = io::Cursor::new(head.split_off(mark)).chain(file);
    let source: Source = match decoder {
        None => Box::new(rest),
        Some(decoder) => Box::new(Utf16 {
            input: BufReader::with_capacity(CHUNK, rest),
            decoder,
            ready: io::Cursor::new(Vec::new()),
            ended: false,
        }),
    };
    Ok(BufReader::with_capacity(CHUNK, source))
}

/// Reads UTF-16 and gives UTF-8.
struct Utf16<R> {
    input: BufReader<R>,
    decoder: Decoder,
    ready: io::Cursor<Vec<u8>>,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    /// Decodes the next chunk into `ready`.
    fn refill(&mut self) -> io::Result<()> {
        let input = self.input.fill_buf()?;
        self.ended = input.is_empty();
        // UTF-8 takes at most three bytes for two of UTF-16.
        let mut output = vec![0; 2 * CHUNK];
        let (result, read, written) =
            self.decoder
                .decode_to_utf8_without_replacement(input, &mut output, self.ended);
        output.truncate(written);
        match result {
            DecoderResult::Malformed(..) => output.push(UNDECODABLE),
            // There is more to say about the end than fits.
            DecoderResult::OutputFull => self.ended = false,
            DecoderResult::InputEmpty => {}
        }
        self.input.consume(read);
        self.ready = io::Cursor::new(output);
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.ready.read(buffer)?;
            if 0 < read || self.ended || buffer.is_empty() {
                return Ok(read);
            }
            self.refill()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(bytes: Vec<u8>) -> Vec<u8> {
        let mut text = Vec::new();
        decoded(io::Cursor::new(bytes))
            .unwrap()
            .read_to_end(&mut text)
            .unwrap();
        text
    }

    fn utf16(text: &str, mark: bool, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(to_bytes)
            .collect()
    }

    #[test]
    fn utf_16_of_either_byte_order_becomes_utf_8_however_long_it_is() {
        let text = "Zoë 🎉\n".repeat(10_000);

        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(text_of(utf16(&text, true, to_bytes)), text.as_bytes());
        }
    }

    #[test]
    fn a_utf_8_mark_is_dropped_and_short_files_are_read_whole() {
        assert_eq!(text_of(b"\xEF\xBB\xBFabc".to_vec()), b"abc");
        assert_eq!(text_of(b"a".to_vec()), b"a");
        assert_eq!(text_of(Vec::new()), b"");
    }

    #[test]
    fn broken_utf_16_leaves_a_byte_that_is_no_utf_8() {
        let mut bytes = utf16("a", true, u16::to_le_bytes);
        bytes.extend(0xD800_u16.to_le_bytes());
        bytes.extend(utf16("b", false, u16::to_le_bytes));
        bytes.push(0x41);

        assert_eq!(text_of(bytes), b"a\xFFb\xFF");
    }
}
