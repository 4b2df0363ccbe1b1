//! Finds the known name that a misspelt one stands for.

/// Names longer than this are not compared: the time grows with the product of the lengths.
const LONGEST: usize = 48;

/// Returns the known name that is nearest to `text`: equal but for case and punctuation, or at most
/// two edits away in a name of at least seven letters, one edit in a shorter one.
#[cold]
#[inline(never)]
pub(crate) fn nearest<'k>(text: &str, known: &mut dyn Iterator<Item = &'k str>) -> Option<&'k str> {
    let text = plain(text);
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    known
        .map(|name| (distance(&text, &plain(name)), name))
        .filter(|&(distance, name)| distance <= 2 && distance * 3 < name.len())
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, name)| name)
}

/// Letters and digits alone, in lower case.
fn plain(name: &str) -> Vec<u8> {
    let bytes = name.bytes().filter(u8::is_ascii_alphanumeric);
    bytes.map(|byte| byte.to_ascii_lowercase()).collect()
}

/// Levenshtein's distance.
fn distance(one: &[u8], other: &[u8]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.iter().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(other) {
            let best = (diagonal + usize::from(a != b)).min(left + 1).min(*cell + 1);
            diagonal = core::mem::replace(cell, best);
            left = best;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        let known = ["engine", "port", "route", "scaleOptions", "dapr"];
        for (text, expected) in [
            ("engin", Some("engine")),
            ("Engine", Some("engine")),
            ("scale_options", Some("scaleOptions")),
            ("scalOption", Some("scaleOptions")),
            ("prot", None),
            ("dap", Some("dapr")),
            ("something", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, &mut known.into_iter()), expected, "{text}");
        }
    }

    #[test]
    fn a_long_name_is_not_compared() {
        let long = "a".repeat(1_000_000);
        assert_eq!(nearest(&long, &mut ["aaaa"].into_iter()), None);
    }
}
