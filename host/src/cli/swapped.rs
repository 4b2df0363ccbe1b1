//! Detects a command line in which the plugin and another file changed places.

use std::ffi::OsString;
use std::path::Path;

/// The commands whose first argument is a plugin, and the form in which each takes another file.
const FORMS: [(&str, &str); 5] = [
    ("render", "-f "),
    ("replay", ""),
    ("simulate", "-f "),
    ("inspect", "--settings "),
    ("manifest", "--settings "),
];

/// Returns the message for arguments such as `render function.yaml function.wasm`.
pub(super) fn swapped(args: &[OsString]) -> Option<String> {
    let mut args = args.iter().skip(1).map(|arg| arg.to_string_lossy());
    let command = args.next()?;
    let (command, flag) = FORMS.iter().find(|(name, _)| *name == command)?;
    let rest: Vec<String> = args.map(std::borrow::Cow::into_owned).collect();
    // The value of a flag is not the plugin.
    let first = rest
        .iter()
        .enumerate()
        .find(|(index, arg)| {
            let before = index.checked_sub(1).and_then(|before| rest.get(before));
            !arg.starts_with('-')
                && before.is_none_or(|before| !before.starts_with('-') || before.contains('='))
        })
        .map(|(_, arg)| arg)?;
    let plugin = rest.iter().find(|arg| ends(arg, &["wasm"]))?;
    if !ends(first, &["yaml", "yml", "json"]) {
        return None;
    }
    Some(format!(
        "the plugin comes first: metawasm {command} {plugin} {flag}{first}"
    ))
}

fn ends(arg: &str, with: &[&str]) -> bool {
    let end = Path::new(arg).extension().unwrap_or_default();
    with.iter().any(|with| end == *with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_that_changed_places_are_named() {
        let found = |line: &str| swapped(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(
            found("metawasm render f.yaml p.wasm").as_deref(),
            Some("the plugin comes first: metawasm render p.wasm -f f.yaml")
        );
        assert_eq!(
            found("metawasm render f.yaml -f p.wasm").as_deref(),
            Some("the plugin comes first: metawasm render p.wasm -f f.yaml")
        );
        assert_eq!(
            found("metawasm replay r.json p.wasm").as_deref(),
            Some("the plugin comes first: metawasm replay p.wasm r.json")
        );
        for right in [
            "metawasm render p.wasm -f f.yaml",
            "metawasm render -f f.yaml p.wasm",
            "metawasm render --file=f.yaml p.wasm",
            "metawasm serve f.yaml p.wasm",
            "metawasm render f.yaml",
            "metawasm",
        ] {
            assert_eq!(found(right), None, "{right}");
        }
    }
}
