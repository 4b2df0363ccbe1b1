//! Free ports on loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};

/// Ports of the server of `cargo xtask run`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    /// Hooks.
    pub(crate) hooks: u16,
    /// Readiness.
    pub(crate) admin: u16,
}

/// The default port of the hooks.
pub(crate) const DEFAULT: u16 = 8080;

/// Chooses the given port and the next one. If the default port is in use, another free port is chosen. If a given port
/// is in use, it is an error. Another process may still take the port afterwards: the server then reports an error.
pub(crate) fn choose(wanted: Option<u16>) -> Result<Ports> {
    let hooks = match (is_free(wanted.unwrap_or(DEFAULT))?, wanted) {
        (true, _) => wanted.unwrap_or(DEFAULT),
        (false, None) => any_free()?,
        (false, Some(port)) => bail!("port {port} is in use"),
    };
    let next = hooks.checked_add(1);
    let admin = match next {
        Some(port) if is_free(port)? => port,
        _ => any_free()?,
    };
    Ok(Ports { hooks, admin })
}

fn is_free(port: u16) -> Result<bool> {
    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Ok(false),
        Err(error) => Err(error).with_context(|| format!("cannot listen on port {port}")),
    }
}

fn any_free() -> Result<u16> {
    let listener =
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot find a free port on loopback")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_that_was_asked_for_is_an_error() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_eq!(
            choose(Some(port)).unwrap_err().to_string(),
            format!("port {port} is in use")
        );
    }

    #[test]
    fn the_two_ports_differ() {
        let ports = choose(None).unwrap();
        assert_ne!(ports.hooks, ports.admin);
    }
}
