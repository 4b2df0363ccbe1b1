//! Pages of the documentation, followed by somebody who pastes each command.

use std::fmt::Write as _;
use std::net::TcpListener;

/// A block of commands.
#[derive(Debug, Default, PartialEq)]
pub struct Block {
    /// The lines.
    pub commands: Vec<String>,
    /// The output that the page shows.
    pub prints: Option<String>,
}

impl Block {
    /// The command that goes on until it is stopped.
    pub fn serves(&self) -> bool {
        self.commands
            .iter()
            .any(|command| command.starts_with("metawasm serve "))
    }
}

/// The `console` blocks of a page, each with the `text` block that follows it.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines();
    let mut fresh = false;
    while let Some(line) = lines.next() {
        let start = line.trim_start();
        let indent = line.len() - start.len();
        let mut inside = || -> Vec<String> {
            let inside = lines.by_ref().take_while(|line| line.trim_start() != "```");
            inside
                .map(|line| line.get(indent..).unwrap_or_default().to_owned())
                .collect()
        };
        match start {
            "```console" => {
                let commands = inside();
                blocks.push(Block {
                    commands,
                    prints: None,
                });
                fresh = true;
            }
            "```text" => {
                let text = inside().join("\n");
                if let (true, Some(block)) = (fresh, blocks.last_mut()) {
                    block.prints = Some(text);
                }
                fresh = false;
            }
            other if other.starts_with("```") => drop(inside()),
            "" => {}
            _ => fresh = false,
        }
    }
    blocks
}

/// A script of all blocks, in which the output of each goes to a file `out.NUMBER`.
pub fn script(blocks: &[Block], out: &str, [port, admin]: [u16; 2]) -> String {
    let mut script = String::from("set -euo pipefail\n");
    for (number, block) in blocks.iter().enumerate() {
        let commands = block
            .commands
            .join("\n")
            .replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
        writeln!(script, "echo 'block {number}' >&2").expect("a string takes all");
        if block.serves() {
            // As in a terminal of its own, which is closed at the end.
            writeln!(script, "{commands} &\nserver=$!\ntrap 'kill $server' EXIT")
                .expect("a string takes all");
            // A person sees that it has loaded the plugin.
            let ready = format!("curl -sf http://127.0.0.1:{admin}/readyz >/dev/null");
            writeln!(
                script,
                "for n in $(seq 200); do {ready} && break; sleep 0.1; done"
            )
            .expect("a string takes all");
        } else {
            writeln!(script, "{{\n{commands}\n}} > '{out}/out.{number}'").expect("a string takes all");
        }
    }
    script
}

/// Two ports of loopback that were free a moment ago, for hooks and admin routes.
pub fn free_ports() -> [u16; 2] {
    // Both are held until both are known, so that they differ.
    let held = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("there is a free port"));
    held.each_ref()
        .map(|held| held.local_addr().expect("it has an address").port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_with_its_output() {
        let page = "a\n\n   ```console\n   x\n     y\n   ```\n\n   ```text\n   z\n   ```\n\n```sh\nnot run\n```\n\n```console\nw\n```\n\nwords\n\n```text\nno output\n```\n";
        let block = |commands: &[&str], prints: Option<&str>| Block {
            commands: commands.iter().map(|command| (*command).to_owned()).collect(),
            prints: prints.map(str::to_owned),
        };
        assert_eq!(
            blocks(page),
            [block(&["x", "  y"], Some("z")), block(&["w"], None)]
        );
    }
}
