//! `metawasm new`: the project of a new plugin.

mod templates;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use templates::{LANGUAGES, Language, Names, Plugin, WIT};

use super::{Failure, Output};
use crate::config::plugin_name;

/// Create the project of a new plugin
///
/// The project is complete: it has a hook, the CRD of its parent, an example, a golden test and a configuration for
/// `metawasm serve`. `metawasm build` builds it, unless its language needs no build.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm new site
  metawasm new site --lang js
  metawasm new site --group web.example.com --dir plugins/site

Exit codes:
  0  success
  2  invalid usage, or the directory exists and is not empty")]
pub(super) struct Args {
    /// Name of the plugin: lower-case letters, digits and hyphens, such as site or my-site
    #[arg(value_name = "NAME")]
    name: String,
    /// Programming language
    #[arg(long, value_name = "LANGUAGE", value_parser = language_parser(), default_value = default_language())]
    lang: String,
    /// API group of the parent
    #[arg(long, value_name = "GROUP", default_value = "example.com")]
    group: String,
    /// Directory of the project; it must be empty or not exist [default: NAME]
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
}

/// Maximum length of a name: the kind must be a valid resource name, and one letter or two are added to it.
const LONGEST: usize = 50;

fn language_parser() -> PossibleValuesParser {
    PossibleValuesParser::new(LANGUAGES.iter().map(|language| language.name))
}

fn default_language() -> &'static str {
    LANGUAGES.first().map_or("", |language| language.name)
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    check_name(&args.name)?;
    check_group(&args.group)?;
    let language: &Language = LANGUAGES
        .iter()
        .find(|language| language.name == args.lang)
        .ok_or_else(|| Failure::Usage(format!("unknown language {:?}", args.lang)))?;
    let directory = args.dir.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    check_empty(&directory)?;
    let names = Names::new(&args.name, &args.group);
    let mut words = vec![format!("created {}", directory.display())];
    // Python's tool chain writes the interface itself.
    let interface = (language.plugin == Plugin::Component).then_some(&WIT);
    for (path, text) in language.files.iter().chain(interface) {
        let path = directory.join(path);
        write(&path, &names.fill(text))
            .map_err(|error| Failure::Usage(format!("cannot create {}: {error}", path.display())))?;
    }
    let (name, show) = (&args.name, directory.display());
    words.push("next:".to_owned());
    words.push(format!("  cd {show}"));
    let (commands, plugin): (&[&str], String) = match language.plugin {
        Plugin::Component => (&["metawasm build"], format!("{name}.wasm")),
        Plugin::Packages => (
            &[
                "python3 -m venv .venv",
                ".venv/bin/pip install -r requirements.txt",
                "metawasm build",
            ],
            format!("{name}.wasm"),
        ),
        Plugin::Bundle => (&["npm install", "metawasm build"], format!("{name}.js")),
        Plugin::Script => (&[], ".".to_owned()),
    };
    words.extend(commands.iter().map(|command| format!("  {command}")));
    words.push(format!("  metawasm render {plugin} -f example.yaml -o summary"));
    words.push(format!("  metawasm test {plugin} tests"));
    Ok(Output {
        words,
        ..Output::default()
    })
}

fn check_name(name: &str) -> Result<(), Failure> {
    if name.len() > LONGEST
        || !name.starts_with(|first: char| first.is_ascii_lowercase())
        || plugin_name(name).is_err()
    {
        let hint = suggestion(name).map_or_else(String::new, |name| format!("; did you mean {name}?"));
        return Err(Failure::Usage(format!(
            "invalid name {name:?}; expected a lower-case letter, then at most {} lower-case letters, digits and \
             hyphens, without a hyphen at the end{hint}",
            LONGEST - 1
        )));
    }
    Ok(())
}

/// Returns the valid name that is nearest to `MySite` or `my_site`.
fn suggestion(name: &str) -> Option<String> {
    let mut better = String::new();
    let mut before = ' ';
    for c in name.chars().take(LONGEST) {
        match c {
            'A'..='Z' if before.is_ascii_lowercase() => {
                better.push('-');
                better.push(c.to_ascii_lowercase());
            }
            _ if c.is_ascii_alphanumeric() => better.push(c.to_ascii_lowercase()),
            _ if !better.is_empty() && !better.ends_with('-') => better.push('-'),
            _ => {}
        }
        before = c;
    }
    let better = better.trim_end_matches('-');
    let valid = better.starts_with(|first: char| first.is_ascii_lowercase()) && better != name;
    valid.then(|| better.to_owned())
}

fn check_group(group: &str) -> Result<(), Failure> {
    let is_domain =
        group.contains('.') && group.len() <= 253 && group.split('.').all(|label| plugin_name(label).is_ok());
    if is_domain {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "invalid --group {group:?}; expected a domain name such as example.com"
    )))
}

/// Nothing is overwritten: a project is only made in a directory that is empty.
fn check_empty(directory: &Path) -> Result<(), Failure> {
    let show = directory.display();
    let advice = "choose another name, or another --dir";
    match fs::read_dir(directory).map(|entries| entries.take(1).count()) {
        Ok(0) => Ok(()),
        Ok(_) => Err(Failure::Usage(format!("directory {show} is not empty; {advice}"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => Err(Failure::Usage(format!(
            "{show} exists and is not a directory; {advice}"
        ))),
        Err(error) => Err(Failure::Usage(format!("cannot read {show}: {error}"))),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_comes_with_a_good_one() {
        for (name, better) in [
            ("MySite", Some("my-site")),
            ("my_site", Some("my-site")),
            ("HTTPRoute", Some("httproute")),
            ("-site-", Some("site")),
            ("../site", Some("site")),
            ("7", None),
            ("", None),
            ("Ünicode", Some("nicode")),
        ] {
            assert!(check_name(name).is_err(), "{name}");
            assert_eq!(suggestion(name).as_deref(), better, "{name}");
        }
        for name in ["site", "my-site", "s3", &"a".repeat(LONGEST)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        assert!(check_name(&"a".repeat(LONGEST + 1)).is_err());
    }

    #[test]
    fn a_group_is_a_domain() {
        assert!(check_group("web.example.com").is_ok());
        for bad in ["", "example", "Example.com", "a..b", ".com", "a.b/c"] {
            assert!(check_group(bad).is_err(), "{bad}");
        }
    }
}
