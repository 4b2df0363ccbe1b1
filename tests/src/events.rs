//! A client of a stream of server-sent events, and of single requests with any headers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::process::{Answer, HANG};

/// A stream of events.
pub struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

/// An event: its name and its data.
pub type Event = (String, Value);

/// Sends a GET with these headers, `Host` included, and returns the answer.
pub fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Answer {
    let (mut stream, answer) = send(address, path, headers);
    with_body(&mut stream, answer)
}

/// Adds the body to an answer whose head was read.
fn with_body(stream: &mut BufReader<TcpStream>, mut answer: Answer) -> Answer {
    if answer.header("transfer-encoding").is_some() {
        while let Some(chunk) = chunk(stream) {
            answer.body.push_str(&chunk);
        }
        return answer;
    }
    let length = answer.header("content-length");
    let length = length.and_then(|length| length.parse().ok());
    let mut bytes = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut bytes).expect("the body");
    answer.body = String::from_utf8(bytes).expect("a body of text");
    answer
}

impl Events {
    /// Opens `/events` of the admin routes.
    ///
    /// # Errors
    ///
    /// The answer, if it is not a stream.
    pub fn open(address: SocketAddr) -> Result<Self, Answer> {
        let host = address.to_string();
        let (mut stream, answer) = send(address, "/events", &[("Host", &host)]);
        if answer.header("content-type") != Some("text/event-stream") {
            return Err(with_body(&mut stream, answer));
        }
        let text = String::new();
        Ok(Self { stream, text })
    }
}

impl Iterator for Events {
    type Item = Event;

    /// Waits for the next event. `None` at the end of the stream.
    fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let value = event.lines().find_map(|line| line.strip_prefix(name));
                    value.expect("an event with a name and data")
                };
                let data = serde_json::from_str(field("data: ")).expect("data in JSON");
                let name = field("event: ").to_owned();
                self.text = rest.to_owned();
                return Some((name, data));
            }
            self.text.push_str(&chunk(&mut self.stream)?);
        }
    }
}

/// Sends a request and reads the head of the answer.
fn send(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> (BufReader<TcpStream>, Answer) {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(HANG)).expect("a time-out");
    let mut head = format!("GET {path} HTTP/1.1\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream
        .write_all(format!("{head}\r\n").as_bytes())
        .expect("the request is sent");
    let mut stream = BufReader::new(stream);
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).expect("a line of the head");
        line.trim_end().to_owned()
    };
    let status = line();
    let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
    let mut headers = Vec::new();
    loop {
        let line = line();
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let answer = Answer {
        status: status.expect("a status"),
        headers,
        body: String::new(),
    };
    (stream, answer)
}

/// Reads a part of a body in chunks. `None` at its end, also where the connection ends before.
fn chunk(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let length = usize::from_str_radix(line.trim(), 16).ok()?;
    let mut bytes = vec![0; length + 2];
    stream.read_exact(&mut bytes).ok()?;
    bytes.truncate(length);
    (length > 0).then(|| String::from_utf8(bytes).expect("a body of text"))
}
