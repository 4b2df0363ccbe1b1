//! Finds the known name that a misspelt one stands for.

/// Longer names are not compared: the time grows with the product of their lengths.
const LONGEST: usize = 64;

/// Returns the known name that is nearest to `text`: equal but for case and punctuation, or at most
/// two edits away in a name of at least seven letters, one edit in one of at least four.
#[cold]
#[inline(never)]
pub fn nearest<'k>(text: &str, known: &mut dyn Iterator<Item = &'k str>) -> Option<&'k str> {
    if text.len() > LONGEST {
        return None;
    }
    let text = plain(text);
    if text.is_empty() {
        return None;
    }
    known
        .filter(|name| name.len() <= LONGEST)
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

/// Edits from one name to another: a letter more, less or another one, or two neighbours that changed places.
fn distance(one: &[u8], other: &[u8]) -> usize {
    // The rows of the two letters before, and of this one.
    let mut older: Vec<usize> = Vec::new();
    let mut old: Vec<usize> = (0..=other.len()).collect();
    for (line, a) in one.iter().enumerate() {
        let mut row = Vec::with_capacity(old.len());
        let mut left = line + 1;
        row.push(left);
        for (cell, b) in other.iter().enumerate() {
            let at = |row: &[usize], cell: usize| row.get(cell).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&old, cell) + usize::from(a != b))
                .min(at(&old, cell + 1) + 1)
                .min(left + 1);
            let is_swap = line.checked_sub(1).and_then(|line| one.get(line)) == Some(b)
                && cell.checked_sub(1).and_then(|cell| other.get(cell)) == Some(a);
            if is_swap {
                best = best.min(at(&older, cell.saturating_sub(1)) + 1);
            }
            row.push(best);
            left = best;
        }
        older = old;
        old = row;
    }
    old.last().copied().unwrap_or(one.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_has_a_nearest_one() {
        let known = [
            "engine",
            "maxReplicas",
            "minReplicas",
            "port",
            "route",
            "scaleOptions",
            "dapr",
        ];
        for (text, expected) in [
            ("engin", Some("engine")),
            ("Engine", Some("engine")),
            ("scale_options", Some("scaleOptions")),
            ("scalOption", Some("scaleOptions")),
            ("prot", Some("port")),
            ("mniReplicas", Some("minReplicas")),
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
