//! Source maps: from a place in a bundle to the place in the file that the bundler read.

use rquickjs::{Array, Ctx, Object, Result};

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
        })
    };
    let map = read();
    if map.is_err() {
        ctx.catch();
    }
    map.ok()
}

impl Map {
    /// Returns the file, line and column of a line and a column of the bundle. All of them count from 1.
    pub(crate) fn original(&self, line: u32, column: u32) -> Option<(&str, u32, u32)> {
        let wanted = i64::from(column) - 1;
        // Fields of a segment are relative to those of the segment before.
        let (mut source, mut source_line, mut source_column) = (0_i64, 0_i64, 0_i64);
        let mut found = None;
        let last = usize::try_from(line).ok()?;
        for (number, segments) in self.mappings.split(';').take(last).enumerate() {
            let mut at = 0;
            for segment in segments.split(',').filter(|segment| !segment.is_empty()) {
                let mut fields = Fields(segment.bytes());
                at += fields.next()?;
                let Some(file) = fields.next() else { continue };
                source += file;
                source_line += fields.next()?;
                source_column += fields.next()?;
                if number + 1 == last && (at <= wanted || found.is_none()) {
                    found = Some((source, source_line, source_column));
                }
            }
        }
        let (source, line, column) = found?;
        let source = self.sources.get(usize::try_from(source).ok()?)?;
        let from_one = |number: i64| u32::try_from(number).ok()?.checked_add(1);
        Some((source, from_one(line)?, from_one(column)?))
    }
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
        for (line, column, place) in [
            (1, 1, None),
            (2, 1, Some(("index.ts", 1, 1))),
            (2, 12, Some(("index.ts", 1, 10))),
            (5, 1, Some(("lib.ts", 3, 8))),
            (6, 9, Some(("lib.ts", 4, 3))),
            (6, 99, Some(("lib.ts", 4, 25))),
            (99, 1, None),
        ] {
            assert_eq!(map.original(line, column), place, "{line}:{column}");
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
