//! Source maps: from a place in a bundle to the place in the file that the bundler read.

use rquickjs::{Array, Ctx, Object, Result};

use crate::program::{Reader, put, put_length};

/// What the last lines of a bundle begin with if it contains its source map.
const COMMENT: &str = "//# sourceMappingURL=data:application/json";

/// The part of a source map that places need.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Map {
    pub(crate) sources: Vec<String>,
    pub(crate) mappings: String,
}

/// Reads the source map that a file contains. A map that cannot be read is as none: places are then those of the file.
pub(crate) fn of(ctx: &Ctx<'_>, content: &str) -> Option<Map> {
    let line = content
        .lines()
        .rev()
        .take(3)
        .find_map(|line| line.strip_prefix(COMMENT))?;
    let (_, base64) = line.split_once(";base64,")?;
    let json = decoded(base64.trim_end())?;
    let read = || -> Result<Map> {
        let map: Object<'_> = ctx.json_parse(json)?.get()?;
        let sources: Array<'_> = map.get("sources")?;
        Ok(Map {
            sources: sources.iter().collect::<Result<_>>()?,
            mappings: map.get("mappings")?,
        }
        .lines())
    };
    let map = read();
    if map.is_err() {
        ctx.catch();
    }
    map.ok()
}

impl Map {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_length(&mut out, self.sources.len());
        for source in &self.sources {
            put(&mut out, source.as_bytes());
        }
        put(&mut out, self.mappings.as_bytes());
        out
    }

    /// Reads what [`Map::to_bytes`] wrote.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        let mut map = Self::default();
        for _ in 0..from.length()? {
            map.sources.push(from.text()?);
        }
        map.mappings = from.text()?;
        Some(map)
    }

    /// Leaves out most parts of lines: a call gets the map with its program, and needs it only if it fails. The first two
    /// stay: the first is the start of the line, whatever its indentation is.
    fn lines(mut self) -> Self {
        let mut lines = String::new();
        let (mut row, mut before, mut count) = (0, Segment::default(), 0);
        each(&self.mappings, usize::MAX, |segment| {
            let is_first = row < segment.row;
            let is_same = !is_first && (before.source, before.line) == (segment.source, segment.line);
            count = if is_same { count + 1 } else { 0 };
            if count > 1 && !lines.is_empty() {
                return;
            }
            while row < segment.row {
                lines.push(';');
                row += 1;
                before.at = 0;
            }
            if !lines.is_empty() && !is_first {
                lines.push(',');
            }
            for number in [
                segment.at - before.at,
                segment.source - before.source,
                segment.line - before.line,
                segment.column - before.column,
            ] {
                push(&mut lines, number);
            }
            before = segment;
        });
        self.mappings = lines;
        self
    }

    /// Returns the file, line and column of a line and a column of the bundle. All of them count from 1. The column is
    /// exact if the bundler left the line as it was.
    pub(crate) fn original(&self, line: u32, column: u32) -> Option<(&str, u32, u32)> {
        let (row, at) = (usize::try_from(line).ok()?.checked_sub(1)?, i64::from(column) - 1);
        let mut found: Option<Segment> = None;
        each(&self.mappings, row + 1, |segment| {
            if segment.row == row && (segment.at <= at || found.is_none()) {
                found = Some(segment);
            }
        });
        let found = found?;
        let source = self.sources.get(usize::try_from(found.source).ok()?)?;
        let from_one = |number: i64| u32::try_from(number).ok()?.checked_add(1);
        let after = if found.at == 0 { 0 } else { (at - found.at).max(0) };
        let column = found.column + after;
        Some((source, from_one(found.line)?, from_one(column)?))
    }
}

/// A place in a bundle, and what it was made of. All numbers count from 0.
#[derive(Debug, Default, Clone, Copy)]
struct Segment {
    row: usize,
    at: i64,
    source: i64,
    line: i64,
    column: i64,
}

/// Looks at the segments of the first rows, up to one that is invalid.
fn each(mappings: &str, rows: usize, mut see: impl FnMut(Segment)) -> Option<()> {
    // Numbers are relative to those of the segment before.
    let mut segment = Segment::default();
    for (row, segments) in mappings.split(';').take(rows).enumerate() {
        (segment.row, segment.at) = (row, 0);
        for text in segments.split(',').filter(|text| !text.is_empty()) {
            let mut fields = Fields(text.bytes());
            segment.at += fields.next()?;
            let Some(source) = fields.next() else { continue };
            segment.source += source;
            segment.line += fields.next()?;
            segment.column += fields.next()?;
            see(segment);
        }
    }
    Some(())
}

/// The numbers of a segment: base64 digits with a sign bit and a bit that says that more follow.
struct Fields<'a>(std::str::Bytes<'a>);

impl Iterator for Fields<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let (mut number, mut shift) = (0_i64, 0);
        loop {
            let digit = i64::from(digit(self.0.next()?)?);
            number |= (digit & 31) << shift;
            if digit & 32 == 0 {
                break;
            }
            shift += 5;
            if shift > 30 {
                return None;
            }
        }
        let half = number >> 1;
        Some(if number & 1 == 1 { -half } else { half })
    }
}

/// Writes what [`Fields`] reads.
fn push(out: &mut String, number: i64) {
    let mut rest = number.unsigned_abs() << 1 | u64::from(number < 0);
    loop {
        let more = if rest > 31 { 32 } else { 0 };
        let digit = usize::try_from(rest & 31 | more).unwrap_or_default();
        out.extend(DIGITS.get(digit).map(|byte| char::from(*byte)));
        rest >>= 5;
        if more == 0 {
            return;
        }
    }
}

const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

/// Returns the bytes of a base64 text.
fn decoded(base64: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(base64.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in base64.trim_end_matches('=').bytes() {
        bits = bits << 6 | u32::from(digit(byte)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found() {
        let map = Map {
            sources: vec!["index.ts".to_owned(), "lib.ts".to_owned()],
            mappings: ";AAAA,SAAS,eAAiC;;;ACEnC,SAAS,IAAI,MAAkB;AACpC,SAAO,KAAM,SAAS;AACxB".to_owned(),
        };
        let lines = map.clone().lines();
        assert_eq!(lines.mappings, ";AAAA,SAAS;;;ACEF,SAAS;AACd,SAAO;AACT");
        let lines = Map::from_bytes(&lines.to_bytes()).unwrap();
        for (line, column, place) in [
            (1, 1, None),
            (2, 1, Some(("index.ts", 1, 1))),
            (2, 12, Some(("index.ts", 1, 12))),
            (6, 9, Some(("lib.ts", 4, 3))),
            (6, 12, Some(("lib.ts", 4, 12))),
            (5, 1, Some(("lib.ts", 3, 8))),
            (6, 3, Some(("lib.ts", 4, 3))),
            (99, 1, None),
        ] {
            for map in [&map, &lines] {
                assert_eq!(map.original(line, column), place, "{line}:{column}");
            }
        }
    }

    #[test]
    fn a_number_is_read_as_it_was_written() {
        for number in [0, 1, -1, 15, 16, -16, 31, 32, 1 << 20, -(1 << 20)] {
            let mut text = String::new();
            push(&mut text, number);
            let mut fields = Fields(text.bytes());
            assert_eq!((fields.next(), fields.next()), (Some(number), None), "{text}");
        }
    }

    #[test]
    fn what_is_no_source_map_has_no_places() {
        for mappings in [
            "",
            "!",
            "A",
            "AA",
            "AAA",
            "AgggggggggggggC",
            "AADA",
            "AAAD",
            "AZAA",
        ] {
            let map = Map {
                sources: vec!["a.ts".to_owned()],
                mappings: mappings.to_owned(),
            };
            assert_eq!(map.original(1, 1), None, "{mappings}");
        }
        assert_eq!(decoded("aMOk"), Some("hä".as_bytes().to_vec()));
        assert_eq!(decoded("aA=="), Some(b"h".to_vec()));
        assert_eq!(decoded("a b"), None);
    }
}
