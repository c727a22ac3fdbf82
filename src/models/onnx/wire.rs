//! The wire format of protocol buffers, as far as an ONNX file needs it.

/// Most bytes of a number: ten groups of seven bits hold 64.
const MOST_DIGITS: usize = 10;

/// What one field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A number, a switch or an enumeration.
    Number(u64),
    /// A text, a message or packed numbers.
    Bytes(&'a [u8]),
    /// 4 or 8 bytes of a floating point number.
    Fixed,
}

/// The bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// The fields of a message, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields in `bytes`.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let mut value = 0_u64;
        for digit in 0..MOST_DIGITS {
            let (&byte, rest) = self.rest.split_first().ok_or(Malformed)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f).checked_shl(7 * digit as u32).ok_or(Malformed)?;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, count: u64) -> Result<&'a [u8], Malformed> {
        let count = usize::try_from(count).map_err(|_| Malformed)?;
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), Malformed> {
        let tag = self.number()?;
        let value = match tag & 7 {
            0 => Value::Number(self.number()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let count = self.number()?;
                Value::Bytes(self.take(count)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            // Groups have been out of use since before ONNX.
            _ => return Err(Malformed),
        };
        // Fields are numbered from 1.
        if tag >> 3 == 0 { Err(Malformed) } else { Ok((tag >> 3, value)) }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            // What follows cannot be told apart.
            self.rest = &[];
        }
        Some(field)
    }
}

/// The numbers of a field that may be packed.
pub fn numbers(value: Value) -> Result<Vec<u64>, Malformed> {
    match value {
        Value::Number(number) => Ok(vec![number]),
        Value::Fixed => Err(Malformed),
        Value::Bytes(bytes) => {
            let mut packed = Fields::of(bytes);
            let mut found = Vec::new();
            while !packed.rest.is_empty() {
                found.push(packed.number()?);
            }
            Ok(found)
        }
    }
}

/// A text.
pub fn text(value: Value<'_>) -> Result<&str, Malformed> {
    match value {
        Value::Bytes(bytes) => std::str::from_utf8(bytes).map_err(|_| Malformed),
        Value::Number(_) | Value::Fixed => Err(Malformed),
    }
}

/// The fields of a message within a message.
pub fn message(value: Value<'_>) -> Result<Fields<'_>, Malformed> {
    match value {
        Value::Bytes(bytes) => Ok(Fields::of(bytes)),
        Value::Number(_) | Value::Fixed => Err(Malformed),
    }
}

/// A name for a sentence: of 60 letters at most.
pub fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_order() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 2, b'a', b'b', 0x1d, 0, 0, 0, 0];
        let found: Result<Vec<_>, _> = Fields::of(&bytes).collect();
        let expected = vec![(1, Value::Number(150)), (2, Value::Bytes(b"ab")), (3, Value::Fixed)];
        assert_eq!(found, Ok(expected));
        assert_eq!(numbers(Value::Bytes(&[1, 0x96, 1])), Ok(vec![1, 150]));
    }

    #[test]
    fn what_is_cut_or_makes_no_sense_is_malformed() {
        let many = [0xff; 12];
        for bytes in [&[0x08][..], &[0x12, 5, b'a'], &[0x0b, 0], &[0x00, 1], &many, &[0x12, 0xff, 0xff, 0xff]]
        {
            let found: Result<Vec<_>, _> = Fields::of(bytes).collect();
            assert_eq!(found, Err(Malformed), "{bytes:?}");
        }
    }
}
