//! Requests over HTTP and TLS: where to, through which proxy, and for how long.

mod body;
mod connect;
mod origin;
mod transport;

pub(crate) use body::Body;
pub(crate) use origin::Url;
pub(crate) use transport::Transport;
