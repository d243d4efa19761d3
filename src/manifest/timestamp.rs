//! Timestamps as go-yaml recognises them, and as Go's `time.Time` writes them into JSON.

use std::fmt::Write as _;

/// A moment as written: no conversion between zones ever happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    zone: Option<Zone>,
}

/// An offset from UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Zone {
    west: bool,
    minutes: u32,
}

/// Reads one of go-yaml's four layouts (`parseTimestamp` in v2.4 and v3.0): a date, a date and a time after a space, or a
/// date, `T` or `t`, a time and a zone. Everything but the year may lack its leading zero.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    // Most scalars that start with a digit end here.
    if bytes.get(4) != Some(&b'-') || !bytes.iter().take(4).all(u8::is_ascii_digit) {
        return None;
    }
    let mut cursor = Cursor { rest: bytes };
    let date = cursor.date()?;
    let moment = match cursor.next() {
        None => date,
        Some(b'T' | b't') => {
            let time = cursor.time(date)?;
            Timestamp {
                zone: cursor.zone()?,
                ..time
            }
        }
        Some(b' ') => {
            cursor.skip_spaces();
            cursor.time(date)?
        }
        Some(_) => return None,
    };
    (cursor.rest.is_empty() && moment.day <= days_in(moment.year, moment.month)).then_some(moment)
}

impl Timestamp {
    /// Writes RFC 3339 with the needed digits of a second. `None` if the zone is a day or more away from UTC, which Go
    /// refuses to write.
    pub(crate) fn to_rfc3339(self) -> Option<String> {
        let mut out = String::with_capacity(35);
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        );
        if self.nanosecond > 0 {
            let digits = format!("{:09}", self.nanosecond);
            let _ = write!(out, ".{}", digits.trim_end_matches('0'));
        }
        match self.zone {
            None => out.push('Z'),
            Some(zone) if zone.minutes >= 24 * 60 => return None,
            Some(zone) => {
                let sign = if zone.west { '-' } else { '+' };
                let _ = write!(
                    out,
                    "{sign}{:02}:{:02}",
                    zone.minutes / 60,
                    zone.minutes % 60
                );
            }
        }
        Some(out)
    }
}

/// What is left to read.
struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn skip_spaces(&mut self) {
        while let [b' ', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    /// Reads a number of one digit or two.
    fn short(&mut self) -> Option<u32> {
        let mut number = digit(self.next()?)?;
        if let Some((second, rest)) = self.rest.split_first()
            && let Some(second) = digit(*second)
        {
            self.rest = rest;
            number = number * 10 + second;
        }
        Some(number)
    }

    /// Reads a number of exactly two digits.
    fn two(&mut self) -> Option<u32> {
        Some(digit(self.next()?)? * 10 + digit(self.next()?)?)
    }

    fn date(&mut self) -> Option<Timestamp> {
        let year = self.two()? * 100 + self.two()?;
        self.expect(b'-')?;
        let month = self.short().filter(|m| (1..=12).contains(m))?;
        self.expect(b'-')?;
        let day = self.short().filter(|d| *d > 0)?;
        Some(Timestamp {
            year,
            month,
            day,
            ..Timestamp::default()
        })
    }

    fn time(&mut self, date: Timestamp) -> Option<Timestamp> {
        let hour = self.short().filter(|h| *h < 24)?;
        self.expect(b':')?;
        let minute = self.short().filter(|m| *m < 60)?;
        self.expect(b':')?;
        let second = self.short().filter(|s| *s < 60)?;
        Some(Timestamp {
            hour,
            minute,
            second,
            nanosecond: self.fraction(),
            ..date
        })
    }

    /// Reads a fraction of a second after a dot or comma; digits beyond nanoseconds are dropped.
    fn fraction(&mut self) -> u32 {
        let [b'.' | b',', digits @ ..] = self.rest else {
            return 0;
        };
        let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
        if count == 0 {
            return 0;
        }
        let (read, rest) = digits.split_at(count);
        self.rest = rest;
        let read = read.iter().copied().filter_map(digit);
        let padded = read.chain(std::iter::repeat(0)).take(9);
        padded.fold(0, |number, digit| number * 10 + digit)
    }

    /// Reads `Z` or an offset. Go lets an offset go up to 24 hours and 60 minutes; zero counts as UTC.
    fn zone(&mut self) -> Option<Option<Zone>> {
        let west = match self.next()? {
            b'Z' => return Some(None),
            b'+' => false,
            b'-' => true,
            _ => return None,
        };
        let hours = self.two().filter(|h| *h <= 24)?;
        self.expect(b':')?;
        let minutes = hours * 60 + self.two().filter(|m| *m <= 60)?;
        Some((minutes > 0).then_some(Zone { west, minutes }))
    }
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

fn days_in(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
