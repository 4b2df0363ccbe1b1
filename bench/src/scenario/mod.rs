//! What is measured.

mod cold;
mod languages;
mod mixed;
mod neighbour;
mod plugins;
mod race;
mod record;
mod reload;
mod render;
mod repeat;
mod scale;
mod shadow;
mod soak;
mod tail;
mod watcher;

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use metawasm_tests::process::Folder;

use crate::figure::Figure;
use crate::report::Section;

/// One of them.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether it runs where none is named.
    pub(crate) always: bool,
    pub(crate) run: fn(&Context) -> Result<Vec<Figure>>,
}

/// In the order in which they run.
pub(crate) const ALL: &[Scenario] = &[
    Scenario {
        name: "cold",
        about: "new requests, compared with the native core",
        always: true,
        run: cold::run,
    },
    Scenario {
        name: "scale",
        about: "two connections, compared with one",
        always: true,
        run: scale::run,
    },
    Scenario {
        name: "repeat",
        about: "repeated requests, compared with an empty handler and the native core",
        always: true,
        run: repeat::run,
    },
    Scenario {
        name: "tail",
        about: "tail latency at half of the maximum rate",
        always: true,
        run: tail::run,
    },
    Scenario {
        name: "neighbour",
        about: "a plugin beside an endless plugin",
        always: true,
        run: neighbour::run,
    },
    Scenario {
        name: "plugins",
        about: "memory and start-up time of 20 and 100 plugins, and of one component under 100 names",
        always: true,
        run: plugins::run,
    },
    Scenario {
        name: "record",
        about: "new requests while they are recorded",
        always: true,
        run: record::run,
    },
    Scenario {
        name: "render",
        about: "the command render with compiled code in its cache",
        always: true,
        run: render::run,
    },
    Scenario {
        name: "reload",
        about: "new versions of a plugin under full load",
        always: true,
        run: reload::run,
    },
    Scenario {
        name: "shadow",
        about: "a plugin with a shadow",
        always: true,
        run: shadow::run,
    },
    Scenario {
        name: "watcher",
        about: "requests while the host's page is watched",
        always: true,
        run: watcher::run,
    },
    Scenario {
        name: "languages",
        about: "a hook in each language, compared with the server of the language",
        always: true,
        run: languages::run,
    },
    Scenario {
        name: "mixed",
        about: "mixed calls over TLS, certificate rotation, SIGTERM at the end",
        always: true,
        run: mixed::run,
    },
    Scenario {
        name: "race",
        about: "servers in Go, Node and Python that people write in place of a plugin",
        always: false,
        run: race::run,
    },
    Scenario {
        name: "soak",
        about: "memory growth over a million calls",
        always: false,
        run: soak::run,
    },
];

/// What scenarios share.
pub(crate) struct Context {
    quick: bool,
    folder: Folder,
    sections: RefCell<Vec<Section>>,
}

impl Context {
    pub(crate) fn new(quick: bool) -> Self {
        Self {
            quick,
            folder: Folder::new("bench"),
            sections: RefCell::default(),
        }
    }

    /// Keeps what a scenario has for the documentation: its figures are then part of that, and not of the common table.
    fn publish(&self, sections: Vec<Section>) {
        self.sections.replace(sections);
    }

    /// Returns what the last scenario has published.
    pub(crate) fn published(&self) -> Vec<Section> {
        self.sections.take()
    }

    /// Turns that are taken of something.
    fn turns(&self, usual: usize) -> usize {
        if self.quick {
            usual.div_ceil(10).max(2)
        } else {
            usual
        }
    }

    /// How long something takes.
    fn time(&self, usual: Duration) -> Duration {
        if self.quick { usual / 10 } else { usual }
    }

    /// How often something is done.
    fn count(&self, usual: u64) -> u64 {
        if self.quick { usual / 50 } else { usual }
    }

    /// A configuration file with the Function plugin and whatever else is said.
    fn config(&self, name: &str, text: &str) -> PathBuf {
        self.config_with(name, text, &[])
    }

    /// The same with further plugins, each a name, a component and the time that its calls have.
    fn config_with(&self, name: &str, text: &str, others: &[(&str, Vec<u8>, &str)]) -> PathBuf {
        let plugin = metawasm_tests::function_plugin();
        let mut text = format!(
            "{text}\nplugins:\n- name: function\n  source: file:{}\n",
            plugin.display()
        );
        for (name, component, deadline) in others {
            let path = self.folder.write(&format!("{name}.wasm"), component);
            text.push_str(&format!(
                "- name: {name}\n  source: file:{}\n  limits: {{deadline: {deadline}}}\n",
                path.display()
            ));
        }
        self.folder.write(name, text)
    }
}

/// The same component with another digest: a custom section at its end.
fn another(component: &[u8], number: usize) -> Vec<u8> {
    let name = format!("copy-{number:03}");
    let mut copy = component.to_vec();
    // Section 0, its size, the length of its name, its name.
    copy.extend([0, name.len() as u8 + 1, name.len() as u8]);
    copy.extend(name.as_bytes());
    copy
}

/// The path of the Function plugin's sync hook, the same in the baseline.
const SYNC: &str = "/function/sync";

/// A turn of a server in a comparison.
const TURN: Duration = Duration::from_millis(250);
