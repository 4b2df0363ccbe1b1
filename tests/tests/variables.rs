//! Flags that an environment variable stands in for, as a Deployment sets them.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::process::{Command, Output};

use metawasm_tests::process::{Folder, run, show, stdout};
use metawasm_tests::{function_plugin, metawasm, root};

/// `metawasm serve --check-config` with one variable and flags.
fn check(variable: &str, value: impl AsRef<OsStr>, flags: &[&str]) -> Output {
    let plugin = format!("function=file:{}", function_plugin().display());
    Command::new(metawasm())
        .args(["serve", "--check-config", "--plugin", &plugin])
        .args(flags)
        .env(variable, value)
        .current_dir(root())
        .output()
        .unwrap()
}

/// The sentence about a variable that is refused.
fn refused(variable: &str, value: impl AsRef<OsStr>) -> String {
    let output = check(variable, value, &[]);
    assert_eq!(output.status.code(), Some(2), "{variable}: {}", show(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stderr.trim_end().lines().count(), 1, "{variable}: {stderr}");
    stderr
}

#[test]
fn a_variable_that_is_refused_is_named_and_not_the_flag_that_nobody_wrote() {
    let folder = Folder::new("variables");
    let missing = folder.path().join("missing");
    for (variable, value, sentence) in [
        (
            "METAWASM_PLAIN",
            "maybe",
            "invalid value 'maybe' for METAWASM_PLAIN: expected true or false; yes, no, on, off, y and n work too",
        ),
        (
            "METAWASM_GRACE",
            "5",
            "invalid value '5' for METAWASM_GRACE: expected a duration above zero such as 2s, 500ms or 1m30s",
        ),
        (
            "METAWASM_BODY",
            "8MB",
            "invalid value '8MB' for METAWASM_BODY: expected a size above zero such as 64Mi, 8M or 1048576",
        ),
        (
            "METAWASM_LISTEN",
            "localhost:8080",
            "invalid value 'localhost:8080' for METAWASM_LISTEN: expected an IP address and a port such as 127.0.0.1:8080 or [::]:8080",
        ),
        (
            "METAWASM_ADMIN",
            "8081\n",
            "invalid value '8081\\n' for METAWASM_ADMIN: expected an IP address and a port such as ",
        ),
        (
            "METAWASM_LOG",
            "loud",
            "invalid value 'loud' for METAWASM_LOG: invalid log filter \"loud\"; expected one of off, error, ",
        ),
        (
            "METAWASM_LOG_FORMAT",
            "xml",
            "invalid value 'xml' for METAWASM_LOG_FORMAT; allowed: text, json",
        ),
        (
            "METAWASM_TRACES",
            "collector",
            "invalid value 'collector' for METAWASM_TRACES: invalid traces endpoint \"collector\"; expected http://HOST:PORT",
        ),
        (
            "METAWASM_TLS_CERT",
            missing.to_str().unwrap(),
            "set both --tls-cert and --tls-key (METAWASM_TLS_CERT and METAWASM_TLS_KEY)",
        ),
    ] {
        let stderr = refused(variable, value);
        assert!(
            stderr.starts_with("error: ") && stderr.contains(sentence),
            "{stderr}"
        );
    }
    let stderr = refused("METAWASM_LOG", OsString::from_vec(vec![0xff]));
    assert_eq!(
        stderr,
        "error: environment variable METAWASM_LOG is not valid UTF-8\n"
    );
}

/// Nobody can tell whether it was to be left out: without its file, `METAWASM_AUTH_BEARER` would let anybody call.
#[test]
fn a_variable_that_is_set_and_empty_is_refused_by_its_name() {
    let help = stdout(&run(["serve", "--help"]));
    let variables: Vec<&str> = help
        .split("[env: ")
        .skip(1)
        .filter_map(|rest| rest.split(['=', ']']).next())
        .collect();
    assert!(variables.len() >= 14, "{variables:?}");
    for variable in variables {
        assert_eq!(
            refused(variable, ""),
            format!("error: environment variable {variable} is empty; set a value or unset it\n")
        );
    }
}

#[test]
fn a_flag_counts_and_its_variable_is_not_looked_at() {
    let output = check("METAWASM_GRACE", "5", &["--grace", "5s"]);
    assert!(output.status.success(), "{}", show(&output));
    let output = check("METAWASM_GRACE", "5", &["--grace", "6"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: invalid value '6' for --grace: expected a duration ")
            && !stderr.contains("METAWASM"),
        "{stderr}"
    );
    let output = check("METAWASM_GRACE", "5s", &["--body", "8MB"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.starts_with("error: invalid value '8MB' for --body: expected a size ")
            && !stderr.contains("METAWASM"),
        "{stderr}"
    );
}

/// In the words that the file takes, and over what it says.
#[test]
fn whether_hooks_may_be_in_the_clear_is_said_by_flag_then_variable_then_file() {
    let folder = Folder::new("plain");
    let file = |plain: &str| {
        let text = format!("listen: 0.0.0.0:0\nadmin: 127.0.0.1:0\nplain: {plain}\n");
        let path = folder.write(&format!("{plain}.yaml"), text);
        path.to_str().unwrap().to_owned()
    };
    // An address in use shows that it got as far as to listen.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = taken.local_addr().unwrap().to_string();
    let allowed = |plain: &str, variable: Option<&str>, flags: &[&str]| {
        let plugin = format!("function=file:{}", function_plugin().display());
        let mut command = Command::new(metawasm());
        command
            .args([
                "serve",
                "--config",
                &file(plain),
                "--admin",
                &admin,
                "--plugin",
                &plugin,
            ])
            .args(flags);
        if let Some(value) = variable {
            command.env("METAWASM_PLAIN", value);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{}", show(&output));
        let clear = stderr.contains("would be served without TLS");
        assert!(clear || stderr.contains("cannot listen on "), "{stderr}");
        !clear
    };
    for word in ["true", "yes", "Yes", "on", "Y"] {
        assert!(allowed("no", Some(word), &[]), "{word}");
        assert!(allowed(word, None, &[]), "{word}");
    }
    for word in ["false", "no", "OFF", "n"] {
        assert!(!allowed("yes", Some(word), &[]), "{word}");
        assert!(!allowed(word, None, &[]), "{word}");
    }
    assert!(allowed("no", Some("no"), &["--plain"]));
    assert!(!allowed("yes", Some("yes"), &["--plain=false"]));
    assert!(allowed("no", None, &["--plain", "--log", "off"]));
}

#[test]
fn a_variable_that_nobody_reads_is_a_warning() {
    let output = check("METAWASM_LISTEM", "127.0.0.1:1", &[]);
    assert!(output.status.success(), "{}", show(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let sentence = "unknown environment variable METAWASM_LISTEM; did you mean METAWASM_LISTEN?";
    assert!(stderr.contains("WARN") && stderr.contains(sentence), "{stderr}");
}

/// Log lines follow the conventions of terminals, as all other output does.
#[test]
fn log_lines_have_colours_only_where_they_are_wanted() {
    let coloured = |variables: &[(&str, &str)]| {
        let mut command = Command::new(metawasm());
        command
            .args(["serve", "--check-config", "--plugin", "p=file:/nowhere.wasm"])
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(variables.iter().copied());
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = stderr
            .lines()
            .find(|line| line.contains("failed to load"))
            .unwrap();
        line.contains('\u{1b}')
    };
    assert!(!coloured(&[]), "a pipe");
    assert!(coloured(&[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}
