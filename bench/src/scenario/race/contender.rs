//! Who takes part. A contender is a line in one of the tables.

/// A server that answers the same requests as the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Contender {
    pub(super) name: &'static str,
    pub(super) server: Server,
}

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    /// The host with one plugin.
    Host(Plugin),
    /// The baseline, at one of its paths.
    Baseline(&'static str),
    /// Go's `net/http` with the package `typed` or `untyped`.
    Go(&'static str),
    /// Node's `http`, without a framework.
    Node,
    /// Python's `http.server` with a thread for each connection.
    Threaded,
    /// Starlette on uvicorn.
    Asgi,
}

/// A plugin of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plugin {
    /// The Function plugin.
    Function,
    /// The hook of `bench/hooks` in a language.
    JavaScript,
    Python,
    Go,
    Rust,
}

/// What the servers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The host runs the Function plugin; the others read the request and write the same answer, without any logic.
    Floor,
    /// All run the same small hook.
    Hook,
}

impl Form {
    pub(super) fn contenders(self) -> &'static [Contender] {
        match self {
            Self::Floor => &FLOORS,
            Self::Hook => &HOOKS,
        }
    }

    pub(super) fn about(self) -> &'static str {
        match self {
            Self::Floor => "the Function plugin and servers without logic",
            Self::Hook => "the same hook in plugins and in servers",
        }
    }
}

/// The handler that only reads.
pub(super) const EMPTY: Server = Server::Baseline("/empty");

/// The plugin that a floor is compared with.
pub(super) const FUNCTION: Server = Server::Host(Plugin::Function);

/// The floor with a target.
pub(super) const TYPED: Server = Server::Go("typed");

const FLOORS: [Contender; 8] = [
    of("metawasm, Function plugin", FUNCTION),
    of("native core (axum)", Server::Baseline("/function/sync")),
    of("Go, typed: floor", TYPED),
    of("Go, map[string]any: floor", Server::Go("untyped")),
    of("Node: floor", Server::Node),
    of("Python, Starlette: floor", Server::Asgi),
    of("Python, http.server: floor", Server::Threaded),
    of("empty handler (axum)", EMPTY),
];

const HOOKS: [Contender; 9] = [
    of("metawasm, hook in Rust", Server::Host(Plugin::Rust)),
    of("metawasm, hook in Go", Server::Host(Plugin::Go)),
    of("Go, typed", TYPED),
    of("Go, map[string]any", Server::Go("untyped")),
    of("metawasm, hook in JavaScript", Server::Host(Plugin::JavaScript)),
    of("Node", Server::Node),
    of("metawasm, hook in Python", Server::Host(Plugin::Python)),
    of("Python, Starlette", Server::Asgi),
    of("Python, http.server", Server::Threaded),
];

const fn of(name: &'static str, server: Server) -> Contender {
    Contender { name, server }
}
