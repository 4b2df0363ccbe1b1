//! The paths of imports: relative ones, within the script's folder.

/// The module of helpers.
pub(crate) const HELPERS: &str = "metawasm";

/// Endings that an import may leave out.
const ENDINGS: [&str; 6] = ["", ".js", ".cjs", ".mjs", ".json", "/index.js"];

/// Returns the file that an import in the file `base` means.
///
/// # Errors
///
/// A sentence for the script's author.
pub(crate) fn resolve(base: &str, name: &str, exists: impl Fn(&str) -> bool) -> Result<String, String> {
    if name == HELPERS {
        return Ok(HELPERS.to_owned());
    }
    if name != "." && name != ".." && !name.starts_with("./") && !name.starts_with("../") {
        return Err(format!(
            "cannot import {name:?}: a hook has no packages, files or network; import relative paths such as ./lib.js, \
             or \"metawasm\", and bundle packages with `metawasm build`"
        ));
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Err(format!(
                        "cannot import {name:?}: it leads out of the script's folder"
                    ));
                }
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    let mut paths = ENDINGS.iter().map(|ending| match (path.as_str(), *ending) {
        ("", "/index.js") => "index.js".to_owned(),
        (path, ending) => format!("{path}{ending}"),
    });
    paths.find(|path| exists(path)).ok_or_else(|| {
        format!("cannot import {name:?}: there is no file {path}; a script that is a single file has no other files")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_a_file_of_the_folder() {
        let files = ["index.js", "lib/a.js", "lib/b.json", "lib/index.js", "c.mjs"];
        let exists = |path: &str| files.contains(&path);
        for (base, name, found) in [
            ("index.js", "./lib/a.js", "lib/a.js"),
            ("index.js", "./lib/a", "lib/a.js"),
            ("index.js", "./lib", "lib/index.js"),
            ("index.js", "./lib/b", "lib/b.json"),
            ("lib/a.js", "../c", "c.mjs"),
            ("lib/a.js", "..", "index.js"),
            ("lib/a.js", "./../lib/./b.json", "lib/b.json"),
            ("index.js", "metawasm", "metawasm"),
        ] {
            assert_eq!(resolve(base, name, exists).as_deref(), Ok(found), "{base} {name}");
        }
        for (name, words) in [
            (
                "fs",
                "cannot import \"fs\": a hook has no packages, files or network",
            ),
            ("/etc/passwd", "a hook has no packages"),
            ("../../etc/passwd", "it leads out of the script's folder"),
            ("./none", "there is no file none"),
        ] {
            let error = resolve("index.js", name, exists).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
