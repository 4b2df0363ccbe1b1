//! Environment variables with the prefix of this program that it does not know.

use std::collections::BTreeSet;
use std::env;

use clap::CommandFactory;
use metawasm_formats::nearest::nearest;
use metawasm_formats::text::shown;

use super::Cli;

/// The prefix of all variables of this program.
const PREFIX: &str = "METAWASM_";
/// Maximum length of a name in a message, in bytes.
const SHOWN: usize = 80;
/// Maximum number of messages.
const MOST: usize = 20;

/// Returns a sentence for each variable of the environment that nobody reads.
pub(super) fn unknown() -> Vec<String> {
    let variables = env::vars_os().map(|(name, value)| {
        let text = |part: std::ffi::OsString| part.to_string_lossy().into_owned();
        (text(name), text(value))
    });
    sentences(variables, &known())
}

/// Returns the names of all variables that a command reads.
fn known() -> BTreeSet<String> {
    let command = Cli::command();
    let arguments = command.get_subcommands().flat_map(clap::Command::get_arguments);
    let names = arguments.filter_map(clap::Arg::get_env);
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

fn sentences(variables: impl Iterator<Item = (String, String)>, known: &BTreeSet<String>) -> Vec<String> {
    let ours = variables.filter(|(name, value)| {
        name.starts_with(PREFIX) && !known.contains(name) && !is_of_a_service(name, value)
    });
    let mut names: Vec<String> = ours.map(|(name, _)| name).collect();
    names.sort();
    let sentence = |name: &String| {
        // Without the prefix, which makes all names alike.
        let rest = name.strip_prefix(PREFIX).unwrap_or(name);
        let hint = nearest(
            rest,
            &mut known.iter().filter_map(|name| name.strip_prefix(PREFIX)),
        );
        let hint = hint
            .map(|known| format!("; did you mean {PREFIX}{known}?"))
            .unwrap_or_default();
        format!("unknown environment variable {}{hint}", shown(name, SHOWN))
    };
    names.iter().take(MOST).map(sentence).collect()
}

/// Whether Kubernetes sets this variable in each container, for a Service whose name begins with "metawasm".
fn is_of_a_service(name: &str, value: &str) -> bool {
    let is_address = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    name.ends_with("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || is_address
        || name.rsplit_once("_PORT_").is_some_and(|(_, rest)| {
            // <port>_<protocol>_PROTO, _PORT and _ADDR
            rest.starts_with(|first: char| first.is_ascii_digit())
        })
        // METAWASM_PORT_8080_TCP_PORT
        || (name.contains("_PORT_") && ["_TCP_PORT", "_UDP_PORT"].iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Vec<String> {
        let owned = variables
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()));
        sentences(owned, &known())
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_nearest() {
        assert_eq!(
            of(&[
                ("METAWASM_LISTEM", "127.0.0.1:1"),
                ("METAWASM_LISTEN", "127.0.0.1:1"),
                ("METAWASM_FOO", "x"),
                ("PATH", "/bin"),
            ]),
            [
                "unknown environment variable METAWASM_FOO",
                "unknown environment variable METAWASM_LISTEM; did you mean METAWASM_LISTEN?",
            ]
        );
    }

    /// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    #[test]
    fn the_variables_of_a_service_are_not_ours() {
        let service = [
            ("METAWASM_SERVICE_HOST", "10.0.0.1"),
            ("METAWASM_SERVICE_PORT", "8080"),
            ("METAWASM_SERVICE_PORT_HOOKS", "8080"),
            ("METAWASM_PORT", "tcp://10.0.0.1:8080"),
            ("METAWASM_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("METAWASM_PORT_8080_TCP_PROTO", "tcp"),
            ("METAWASM_PORT_8080_TCP_PORT", "8080"),
            ("METAWASM_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("METAWASM_ADMIN_SERVICE_HOST", "10.0.0.2"),
        ];
        assert_eq!(of(&service), [""; 0]);
    }
}
