//! The scanner.

use super::block::{BLOCK, Brackets, Quotes, inside, padded};
use super::error::{Fault, What};
use super::text::Index;

/// Open brackets at most. Metacontroller's deepest objects have about 20.
pub const MAX_DEPTH: u32 = 128;

/// A position in a JSON text, and what is open there.
///
/// Every method that reads takes the position at the first byte of what it reads and leaves
/// it behind the last one; white space is skipped where the grammar has some. What was read
/// without an error is valid JSON.
///
/// `Copy`, and its cold methods take it by value: so a loop keeps it in registers.
#[derive(Clone, Copy, Debug)]
pub struct Lexer<'a> {
    bytes: &'a [u8],
    index: &'a [u64],
    at: usize,
    depth: u32,
}

/// A string's raw text, without its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte.
    pub end: usize,
    /// Whether it has an escape, so that the raw text is not the value.
    pub escaped: bool,
}

/// What a value begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// `{`.
    Object,
    /// `[`.
    List,
    /// A quote.
    String,
    /// A digit or a minus.
    Number,
    /// `true`, `false` or `null`.
    Word,
}

impl<'a> Lexer<'a> {
    /// At the beginning of a text.
    pub fn new(text: &'a str, index: &'a Index) -> Self {
        Self {
            bytes: text.as_bytes(),
            index: index.words(),
            at: 0,
            depth: 0,
        }
    }

    /// Bytes read.
    #[inline(always)]
    pub fn at(&self) -> usize {
        self.at
    }

    /// The byte here; 0 at the end, which no grammar rule accepts.
    #[inline(always)]
    pub fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// Skips white space.
    #[inline(always)]
    pub fn space(&mut self) {
        if self.peek() <= b' ' {
            self.at = self.spaces();
        }
    }

    #[inline(never)]
    fn spaces(self) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let is_space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r');
        self.at + rest.iter().take_while(is_space).count()
    }

    /// Returns an error at this place; at the end of the text it is [`What::End`].
    #[cold]
    pub fn fault(self, what: What) -> Fault {
        let what = if self.at >= self.bytes.len() {
            What::End
        } else {
            what
        };
        Fault {
            offset: self.at,
            what,
        }
    }

    #[inline(always)]
    fn byte(&mut self, byte: u8, what: What) -> Result<(), Fault> {
        if self.peek() != byte {
            return Err(self.fault(what));
        }
        self.at += 1;
        Ok(())
    }

    /// What kind of value begins here.
    #[inline(always)]
    pub fn begin(&self) -> Result<Begin, Fault> {
        match self.peek() {
            b'"' => Ok(Begin::String),
            b'{' => Ok(Begin::Object),
            b'[' => Ok(Begin::List),
            b'-' | b'0'..=b'9' => Ok(Begin::Number),
            b't' | b'f' | b'n' => Ok(Begin::Word),
            _ => Err(self.fault(What::Value)),
        }
    }

    /// Goes into an object or a list. Is there a first member?
    #[inline(always)]
    pub fn open(&mut self, end: u8) -> Result<bool, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault(What::Depth));
        }
        self.at += 1;
        self.space();
        if self.peek() == end {
            self.at += 1;
            return Ok(false);
        }
        self.depth += 1;
        Ok(true)
    }

    /// After a member or an element. Is there another?
    #[inline(always)]
    pub fn more(&mut self, end: u8) -> Result<bool, Fault> {
        self.space();
        let byte = self.peek();
        if byte == b',' {
            self.at += 1;
            self.space();
            return Ok(true);
        }
        if byte != end {
            return Err(self.fault(if end == b'}' { What::InObject } else { What::InList }));
        }
        self.at += 1;
        self.depth -= 1;
        Ok(false)
    }

    /// A key and its colon.
    #[inline(always)]
    pub fn key(&mut self) -> Result<Token, Fault> {
        if self.peek() != b'"' {
            return Err(self.fault(What::Key));
        }
        let key = self.string()?;
        self.space();
        self.byte(b':', What::Colon)?;
        self.space();
        Ok(key)
    }

    /// A string.
    #[inline(always)]
    pub fn string(&mut self) -> Result<Token, Fault> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let hit = self.special(at)?;
            match self.bytes.get(hit) {
                Some(b'"') => {
                    self.at = hit + 1;
                    return Ok(Token {
                        start,
                        end: hit,
                        escaped,
                    });
                }
                Some(b'\\') => escaped = true,
                _ => {
                    return Err(Fault {
                        offset: hit,
                        what: What::Control,
                    });
                }
            }
            if self.is_simple_escape(hit) {
                at = hit + 2;
            } else {
                at = self.escape(hit)?;
            }
        }
    }

    /// The first byte from here on that is not plain text of a string.
    #[inline(always)]
    fn special(&self, at: usize) -> Result<usize, Fault> {
        let word = at / BLOCK;
        match self.index.get(word).map_or(0, |bits| bits >> (at % BLOCK)) {
            0 => self.special_behind(word),
            bits => Ok(at + bits.trailing_zeros() as usize),
        }
    }

    #[inline(always)]
    fn special_behind(&self, word: usize) -> Result<usize, Fault> {
        for (skipped, bits) in self.index.get(word + 1..).unwrap_or_default().iter().enumerate() {
            if *bits != 0 {
                return Ok((word + 1 + skipped) * BLOCK + bits.trailing_zeros() as usize);
            }
        }
        Err(self.end())
    }

    #[inline(always)]
    fn is_simple_escape(&self, at: usize) -> bool {
        matches!(
            self.bytes.get(at + 1),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
        )
    }

    /// The place behind an escape that is not simple.
    #[cold]
    fn escape(self, at: usize) -> Result<usize, Fault> {
        match self.bytes.get(at + 1) {
            Some(b'u') => self.unicode(at),
            Some(_) => Err(Fault {
                offset: at,
                what: What::Escape,
            }),
            None => Err(Fault {
                offset: self.bytes.len(),
                what: What::End,
            }),
        }
    }

    fn unicode(self, at: usize) -> Result<usize, Fault> {
        match self.unit(at)? {
            0xd800..0xdc00 => {
                let low = at + 6;
                if self.bytes.get(low..low + 2) != Some(b"\\u")
                    || !(0xdc00..0xe000).contains(&self.unit(low)?)
                {
                    return Err(Fault {
                        offset: at,
                        what: What::Surrogate,
                    });
                }
                Ok(low + 6)
            }
            0xdc00..0xe000 => Err(Fault {
                offset: at,
                what: What::Surrogate,
            }),
            _ => Ok(at + 6),
        }
    }

    /// The code unit of the escape at `at`.
    fn unit(self, at: usize) -> Result<u32, Fault> {
        let mut unit = 0;
        for offset in at + 2..at + 6 {
            let Some(&byte) = self.bytes.get(offset) else {
                return Err(Fault {
                    offset: self.bytes.len(),
                    what: What::End,
                });
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(Fault {
                    offset,
                    what: What::Unicode,
                });
            };
            unit = (unit << 4) | digit;
        }
        Ok(unit)
    }

    /// A number. Is it written as an integer?
    #[inline(always)]
    pub fn number(&mut self) -> Result<bool, Fault> {
        if self.peek() == b'-' {
            self.at += 1;
        }
        match self.peek() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return Err(self.fault(What::Number)),
        }
        let mut integer = true;
        if self.peek() == b'.' {
            integer = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            integer = false;
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        // `01` and `1x` are no two tokens: nothing may follow a value but punctuation.
        if self.peek().is_ascii_alphanumeric() {
            return Err(self.fault(What::Number));
        }
        Ok(integer)
    }

    #[inline(always)]
    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        if self.at == start {
            Err(self.fault(What::Number))
        } else {
            Ok(())
        }
    }

    /// `true`, `false` or `null`.
    #[inline(always)]
    pub fn word(&mut self) -> Result<(), Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = match self.peek() {
            b't' if rest.starts_with(b"true") => 4,
            b'f' if rest.starts_with(b"false") => 5,
            b'n' if rest.starts_with(b"null") => 4,
            _ => {
                return Err(Fault {
                    offset: self.at,
                    what: What::Word,
                });
            }
        };
        self.at += length;
        Ok(())
    }

    /// A value that is no object and no list.
    #[inline(always)]
    pub fn scalar(&mut self, begin: Begin) -> Result<(), Fault> {
        match begin {
            Begin::String => self.string().map(|_| ()),
            Begin::Number => self.number().map(|_| ()),
            _ => self.word(),
        }
    }

    /// Any value.
    ///
    /// No recursion: a bit for each open bracket says whether it is an object's.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let mut lexer = *self;
        let mut objects = 0_u128;
        loop {
            let begin = lexer.begin()?;
            let is_open = match begin {
                Begin::Object => lexer.open(b'}')?,
                Begin::List => lexer.open(b']')?,
                scalar => {
                    lexer.scalar(scalar)?;
                    false
                }
            };
            if is_open {
                objects = (objects << 1) | u128::from(begin == Begin::Object);
            } else {
                loop {
                    if lexer.depth == self.depth {
                        *self = lexer;
                        return Ok(());
                    }
                    if lexer.more(if objects & 1 == 1 { b'}' } else { b']' })? {
                        break;
                    }
                    objects >>= 1;
                }
            }
            if objects & 1 == 1 {
                lexer.key()?;
            }
        }
    }

    /// Any value, by its quotes and brackets alone: what is between them need not be valid JSON.
    ///
    /// Ends where [`Self::skip`] ends if that finds no error. The limit of depth holds here, too.
    pub fn pass(&mut self) -> Result<(), Fault> {
        self.at = match self.begin()? {
            Begin::Object | Begin::List => self.behind_brackets()?,
            Begin::String => self.behind_quotes()?,
            scalar => return self.scalar(scalar),
        };
        Ok(())
    }

    /// The place behind the bracket that closes the one here.
    fn behind_brackets(self) -> Result<usize, Fault> {
        let mut depth = self.depth;
        let mut is_escaped = false;
        // All bits set while a string reaches into the block.
        let mut string = 0;
        let found = self.look(|start, here, block| {
            let text = inside(Quotes::new(block, here).delimiters(&mut is_escaped)) ^ string;
            string = 0_u64.wrapping_sub(text >> (BLOCK - 1));
            let Brackets { opens, closes } = Brackets::new(block);
            let (opens, closes) = (opens & here & !text, closes & here & !text);
            // Usually it cannot end in this block, whatever the order of its brackets.
            let (up, down) = (opens.count_ones(), closes.count_ones());
            if depth > self.depth + down && depth + up <= MAX_DEPTH {
                depth = depth + up - down;
                return None;
            }
            let mut brackets = opens | closes;
            while brackets != 0 {
                let offset = start + brackets.trailing_zeros() as usize;
                let lowest = brackets & brackets.wrapping_neg();
                brackets ^= lowest;
                if opens & lowest == 0 {
                    depth -= 1;
                    if depth == self.depth {
                        return Some(Ok(offset + 1));
                    }
                } else if depth < MAX_DEPTH {
                    depth += 1;
                } else {
                    let what = What::Depth;
                    return Some(Err(Fault { offset, what }));
                }
            }
            None
        });
        found.unwrap_or_else(|| Err(self.end()))
    }

    /// The place behind the quote that ends the string here.
    fn behind_quotes(self) -> Result<usize, Fault> {
        // Most strings have no escape, and their end is known already.
        let end = self.special(self.at + 1)?;
        if self.bytes.get(end) == Some(&b'"') {
            return Ok(end + 1);
        }
        let mut is_escaped = false;
        let mut is_first = true;
        let found = self.look(|start, here, block| {
            let mut quotes = Quotes::new(block, here).delimiters(&mut is_escaped);
            if std::mem::take(&mut is_first) {
                // Without the one here.
                quotes &= quotes.wrapping_sub(1);
            }
            (quotes != 0).then(|| start + quotes.trailing_zeros() as usize + 1)
        });
        found.ok_or_else(|| self.end())
    }

    /// Looks at the blocks from the one with this place on, until something is found: the offset of the block's first byte,
    /// bits for the bytes from this place on, the block.
    #[inline(always)]
    fn look<T>(self, mut look: impl FnMut(usize, u64, &[u8; BLOCK]) -> Option<T>) -> Option<T> {
        let mut start = self.at - self.at % BLOCK;
        let mut here = u64::MAX << (self.at % BLOCK);
        let (blocks, last) = self.bytes.get(start..)?.as_chunks();
        for block in blocks {
            let found = look(start, here, block);
            if found.is_some() {
                return found;
            }
            start += BLOCK;
            here = u64::MAX;
        }
        look(start, here, &padded(last))
    }

    fn end(self) -> Fault {
        Fault {
            offset: self.bytes.len(),
            what: What::End,
        }
    }

    /// Nothing but white space is left.
    pub fn finish(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(Fault {
                offset: self.at,
                what: What::Trailing,
            })
        }
    }
}
