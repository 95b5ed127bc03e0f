//! How large a message may be.

/// The largest message, in bytes of UTF-16. Microsoft advises to stay within
/// it ("Format your bot messages"); beyond about 100 KB Teams answers 413.
pub(super) const MAX_BYTES: usize = 80 * 1024;

/// The size of `json` as Teams counts it: in UTF-16.
pub(super) fn utf16_bytes(json: &str) -> usize {
    2 * json.encode_utf16().count()
}
