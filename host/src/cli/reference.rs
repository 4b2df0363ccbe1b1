//! `docs/commands.md`: the reference of all commands, generated from the command line's own description.

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::Cli;

const HEAD: &str = "\
# Commands

This page is generated from `metawasm --help`. To update it, run `INSTA_UPDATE=always cargo test --release --workspace --test commands`.
`metawasm completions SHELL` prints a completion script, and `metawasm man DIRECTORY` writes manual pages.

Data is written to standard output, everything else to standard error. Colours are used on terminals only, and never if `NO_COLOR` is set or `TERM` is
`dumb`.
";

/// Returns the page.
pub(super) fn page() -> String {
    let mut cli = Cli::command();
    cli.build();
    let mut page = String::from(HEAD);
    page.push_str("\n| command | purpose |\n|---|---|\n");
    let commands: Vec<&Command> = cli
        .get_subcommands()
        .filter(|command| is_shown(command))
        .collect();
    for command in &commands {
        let (name, about) = (command.get_name(), about(command));
        page.push_str(&format!("| [`metawasm {name}`](#metawasm-{name}) | {about} |\n"));
    }
    for command in commands {
        section(command, &mut page);
    }
    page
}

fn is_shown(command: &Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn section(command: &Command, page: &mut String) {
    let name = command.get_name();
    let long = command
        .get_long_about()
        .map_or_else(|| about(command), ToString::to_string);
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim().trim_start_matches("Usage: ").to_owned();
    page.push_str(&format!(
        "\n## metawasm {name}\n\n{long}\n\n```text\n{usage}\n```\n\n"
    ));
    page.push_str("| argument | default | meaning |\n|---|---|---|\n");
    for argument in command.get_arguments().filter(|argument| is_listed(argument)) {
        row(argument, page);
    }
    let after = command
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    for part in after.split("\n\n") {
        let (title, rest) = part.split_once('\n').unwrap_or((part, ""));
        match title {
            "Examples:" => page.push_str(&format!("\n```sh\n{}\n```\n", dedent(rest))),
            "Exit codes:" => {
                page.push_str("\n| exit code | meaning |\n|---|---|\n");
                for line in dedent(rest).lines() {
                    let (code, meaning) = line.split_once("  ").unwrap_or((line, ""));
                    page.push_str(&format!("| {code} | {} |\n", cell(meaning.trim())));
                }
            }
            _ => page.push_str(&format!("\n{part}\n")),
        }
    }
}

fn is_listed(argument: &Arg) -> bool {
    !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str())
}

fn row(argument: &Arg, page: &mut String) {
    let values: Vec<String> = argument
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    let value = match argument.get_action() {
        ArgAction::Set | ArgAction::Append => values.join(" "),
        _ => String::new(),
    };
    let names: Vec<String> = [
        argument.get_short().map(|short| format!("-{short}")),
        argument.get_long().map(|long| format!("--{long}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let written = match (names.join(", "), value) {
        (names, value) if names.is_empty() => value,
        (names, value) if value.is_empty() => names,
        (names, value) => format!("{names} {value}"),
    };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let mut meaning = vec![cell(&help)];
    if let Some(name) = argument.get_env() {
        meaning.push(format!("Environment variable: `{}`", name.to_string_lossy()));
    }
    let allowed: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| format!("`{}`", value.get_name()))
        .collect();
    if !allowed.is_empty() && !matches!(argument.get_action(), ArgAction::SetTrue) {
        meaning.push(format!("Allowed: {}", allowed.join(", ")));
    }
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| format!("`{}`", value.to_string_lossy()))
        .collect();
    let default = match argument.get_action() {
        ArgAction::SetTrue => String::new(),
        _ => defaults.join(", "),
    };
    let (written, meaning) = (cell(&written), meaning.join(". "));
    page.push_str(&format!("| `{written}` | {default} | {meaning} |\n"));
}

fn dedent(text: &str) -> String {
    let lines = text.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|").replace('<', "\\<")
}
