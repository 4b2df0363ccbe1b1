//! What a component needs of the pool of instances, where that is more than there is.

use metawasm_formats::size::mebibytes;

use super::error::LoadError;

/// How wasmtime begins its reasons, what they are about, and what helps.
const REASONS: [(&str, &str, &str, What); 6] = [
    (
        "The component transitively contains ",
        " core module instances",
        "link its modules into fewer ones",
        What::Number("core instances"),
    ),
    (
        "The component transitively contains ",
        " Wasm linear memories",
        "build it with one memory",
        What::Number("memories"),
    ),
    (
        "The component transitively contains ",
        " tables",
        "build it with one table",
        What::Number("tables"),
    ),
    (
        "defined tables count of ",
        "",
        "build it with one table",
        What::Number("tables"),
    ),
    (
        "memory has a minimum byte size of ",
        "",
        "raise `limits.memory` of the plugin",
        What::Memory,
    ),
    (
        "table index ",
        " has a minimum element size",
        "build it with fewer functions",
        What::TableElements,
    ),
];

#[derive(Clone, Copy)]
enum What {
    Number(&'static str),
    Memory,
    TableElements,
}

/// Returns what is too large, if that is why code does not load.
pub(super) fn too_large(error: &wasmtime::Error) -> Option<LoadError> {
    error.chain().find_map(|cause| {
        let text = cause.to_string();
        let (_, _, advice, what) = REASONS
            .into_iter()
            .find(|(begin, part, ..)| text.starts_with(begin) && text.contains(part))?;
        let mut numbers = numbers(&text);
        if matches!(what, What::TableElements) {
            // The index of the table.
            numbers.next();
        }
        let (needed, limit) = (numbers.next()?, numbers.next()?);
        let (what, needed, limit) = match what {
            What::Number(what) => (what, needed.to_string(), limit.to_string()),
            What::TableElements => ("elements in a table", needed.to_string(), limit.to_string()),
            What::Memory => ("of memory to start", size(needed), size(limit)),
        };
        Some(LoadError::Room {
            what,
            needed,
            limit,
            advice,
        })
    })
}

fn size(bytes: u64) -> String {
    mebibytes(usize::try_from(bytes).unwrap_or(usize::MAX))
}

/// The numbers in a text, decimal or hexadecimal.
fn numbers(text: &str) -> impl Iterator<Item = u64> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| match word.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        })
}
