//! The functions that were running when a plugin trapped.

use rustc_demangle::try_demangle;

/// Maximum number of frames that are shown.
const MOST: usize = 40;

/// Returns the frames of a trap, innermost first, with readable names. `detail` is wasmtime's text.
pub(super) fn lines(detail: &str) -> Vec<String> {
    let trace = detail.lines().take_while(|line| !line.starts_with("Caused by"));
    let mut frames = trace.filter_map(frame);
    let mut lines: Vec<String> = frames.by_ref().take(MOST).collect();
    match frames.count() {
        0 => {}
        more => lines.push(format!("… and {more} more")),
    }
    if lines.iter().any(|line| line.contains("<wasm function")) {
        lines.push("(no names: build the plugin without `strip = true`)".to_owned());
    }
    lines
}

/// A frame is `0: 0x1f2a - hello.wasm!name`; the offset may be missing.
fn frame(line: &str) -> Option<String> {
    let (number, rest) = line.trim_start().split_once(':')?;
    number.parse::<usize>().ok()?;
    let place = match rest.trim_start() {
        place if place.starts_with("0x") => place.split_once(" - ")?.1,
        place => place,
    };
    let (_, name) = place.split_once('!')?;
    let name = match try_demangle(name) {
        // Without the hash at its end.
        Ok(name) => format!("{name:#}"),
        Err(_) => name.to_owned(),
    };
    Some(format!("{number:>3}: {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_demangled_and_other_lines_left_out() {
        let detail = "error while executing at wasm backtrace:\n    0:   0x3a7 - \
                      hello.wasm!_ZN4core9panicking9panic_fmt17h0123456789abcdefE\n    1: hello.wasm!sync\n\n\
                      Caused by:\n    wasm trap: wasm `unreachable` instruction executed";
        assert_eq!(lines(detail), ["  0: core::panicking::panic_fmt", "  1: sync"]);
        assert!(lines("no frames").is_empty());
    }

    #[test]
    fn a_deep_stack_is_cut() {
        let detail: String = (0..1000).map(|n| format!("{n:>5}: 0x1 - m!f\n")).collect();
        let lines = lines(&detail);
        assert_eq!(lines.len(), MOST + 1);
        assert_eq!(lines.last().map(String::as_str), Some("… and 960 more"));
    }
}
