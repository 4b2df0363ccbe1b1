//! A client that costs little: one connection, bytes that are ready to be sent, a glance at what comes back.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How a client waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It sleeps, as a real client does.
    Sleep,
    /// It spins, on a core of its own: waking up an idle core costs more than the differences that are of interest.
    Spin,
}

/// A connection that is kept.
pub struct Connection<S> {
    stream: S,
    buffer: Vec<u8>,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The validator, with its quotes.
    pub etag: Option<String>,
    /// Seconds.
    pub retry_after: Option<u64>,
    /// The server says that it was the last one of this connection.
    pub last: bool,
}

/// A TCP stream that waits in one way or the other.
pub struct Tcp {
    stream: TcpStream,
    wait: Wait,
}

impl Connection<Tcp> {
    /// Connects.
    pub fn open(address: SocketAddr, wait: Wait) -> io::Result<Self> {
        Ok(Self::over(Tcp {
            stream: connect(address)?,
            wait,
        }))
    }
}

/// A connection without delays, which gives up on a server that hangs.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

impl<S: Read + Write> Connection<S> {
    /// Over a stream that is connected.
    pub fn over(stream: S) -> Self {
        Self {
            stream,
            buffer: vec![0; 1 << 20],
        }
    }

    /// Sends a whole request and reads its whole answer.
    pub fn call(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request)?;
        let mut filled = 0;
        let mut head = None;
        loop {
            let free = self.buffer.get_mut(filled..).unwrap_or_default();
            match self.stream.read(free)? {
                0 => return Err(ErrorKind::UnexpectedEof.into()),
                read => filled += read,
            }
            let bytes = self.buffer.get(..filled).unwrap_or_default();
            if head.is_none() {
                head = Head::read(bytes)?;
            }
            if let Some(Head { answer, length }) = head.take_if(|head| filled >= head.length) {
                if filled > length {
                    return Err(io::Error::new(ErrorKind::InvalidData, "more than the answer"));
                }
                return Ok(answer);
            }
        }
    }
}

/// What of an answer's head is of interest.
struct Head {
    answer: Answer,
    /// Bytes of head and body.
    length: usize,
}

impl Head {
    /// `None` where it is not all there yet.
    fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let wrong = |text: &'static str| io::Error::new(ErrorKind::InvalidData, text);
        let head =
            std::str::from_utf8(bytes.get(..end).unwrap_or_default()).map_err(|_| wrong("a head of text"))?;
        let mut lines = head.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1)?.parse().ok())
            .ok_or_else(|| wrong("no status"))?;
        let mut body = (status == 304).then_some(0);
        let (mut etag, mut retry_after, mut last) = (None, None, false);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                body = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("etag") {
                etag = Some(value.trim().to_owned());
            } else if name.eq_ignore_ascii_case("retry-after") {
                retry_after = value.trim().parse().ok();
            } else if name.eq_ignore_ascii_case("connection") {
                last = value.trim().eq_ignore_ascii_case("close");
            }
        }
        let length = end + 4 + body.ok_or_else(|| wrong("an answer without a length"))?;
        let answer = Answer {
            status,
            etag,
            retry_after,
            last,
        };
        Ok(Some(Self { answer, length }))
    }
}

impl Read for Tcp {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.wait == Wait::Sleep {
            return self.stream.read(into);
        }
        self.stream.set_nonblocking(true)?;
        let read = loop {
            match self.stream.read(into) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
                other => break other,
            }
        };
        self.stream.set_nonblocking(false)?;
        read
    }
}

impl Write for Tcp {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
