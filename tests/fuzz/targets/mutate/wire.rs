//! Changes to the tree of a protocol buffer, whose lengths are written anew.

use fastrand::Rng;

use super::{any, atoms, bytes, once_in, repeats};

/// How deep a message is taken apart.
const DEEPEST: usize = 12;

/// What a field holds.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(u64),
    Eight([u8; 8]),
    Four([u8; 4]),
    Bytes(Vec<u8>),
    Message(Vec<Field>),
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    number: u64,
    value: Value,
}

/// Another message made of `input` by one to four changes; now and then of its bytes.
pub fn change(rng: &mut Rng, input: &[u8], seeds: &[Vec<u8>]) -> Vec<u8> {
    let Some(mut message) = parse(input, 0) else {
        let mut bytes = input.to_vec();
        bytes::change(rng, &mut bytes, seeds);
        return bytes;
    };
    let donor = any(rng, seeds).and_then(|seed| parse(seed, 0));
    for _ in 0..rng.usize(1..4) {
        step(rng, &mut message, donor.as_deref());
    }
    let mut out = Vec::new();
    write(&message, &mut out);
    if once_in(rng, 32) {
        bytes::change(rng, &mut out, seeds);
    }
    out
}

fn parse(mut rest: &[u8], depth: usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        let value = match tag & 7 {
            0 => Value::Number(varint(&mut rest)?),
            1 => Value::Eight(take(&mut rest, 8)?.try_into().ok()?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let inner = take(&mut rest, length)?;
                // A text may happen to be a message too, which does no harm: it is written as it was.
                let text = inner.iter().all(|b| b.is_ascii_graphic());
                match parse(inner, depth + 1).filter(|_| !text && depth < DEEPEST) {
                    Some(message) => Value::Message(message),
                    None => Value::Bytes(inner.to_vec()),
                }
            }
            5 => Value::Four(take(&mut rest, 4)?.try_into().ok()?),
            _ => return None,
        };
        fields.push(Field { number: tag >> 3, value });
    }
    Some(fields)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn write(fields: &[Field], out: &mut Vec<u8>) {
    for Field { number, value } in fields {
        let tag = |kind: u64| number << 3 | kind;
        match value {
            Value::Number(value) => {
                put(tag(0), out);
                put(*value, out);
            }
            Value::Eight(bytes) => {
                put(tag(1), out);
                out.extend(bytes);
            }
            Value::Four(bytes) => {
                put(tag(5), out);
                out.extend(bytes);
            }
            Value::Bytes(bytes) => {
                put(tag(2), out);
                put(bytes.len() as u64, out);
                out.extend(bytes);
            }
            Value::Message(fields) => {
                let mut inner = Vec::new();
                write(fields, &mut inner);
                put(tag(2), out);
                put(inner.len() as u64, out);
                out.extend(inner);
            }
        }
    }
}

fn put(mut value: u64, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn count(fields: &[Field]) -> usize {
    let inner = |field: &Field| match &field.value {
        Value::Message(fields) => count(fields),
        _ => 0,
    };
    fields.iter().map(|field| 1 + inner(field)).sum()
}

/// The message in which the field at a place lies, and where in it.
fn nth<'a>(fields: &'a mut Vec<Field>, left: &mut usize) -> Option<(&'a mut Vec<Field>, usize)> {
    if *left < fields.len() {
        let at = *left;
        return Some((fields, at));
    }
    *left -= fields.len();
    fields.iter_mut().find_map(|field| match &mut field.value {
        Value::Message(inner) => nth(inner, left),
        _ => None,
    })
}

/// All messages and texts under fields of one number.
fn under<'a>(fields: &'a [Field], number: u64, all: &mut Vec<&'a Field>) {
    for field in fields {
        if field.number == number {
            all.push(field);
        }
        if let Value::Message(inner) = &field.value {
            under(inner, number, all);
        }
    }
}

fn step(rng: &mut Rng, message: &mut Vec<Field>, donor: Option<&[Field]>) {
    let places = count(message);
    if places == 0 {
        return;
    }
    let Some((fields, at)) = nth(message, &mut rng.usize(..places)) else { return };
    match rng.u32(..16) {
        0 => drop(fields.remove(at)),
        1 => {
            let copies = vec![fields[at].clone(); repeats(rng)];
            fields.splice(at..at, copies);
        }
        2 => {
            let other = rng.usize(..fields.len());
            fields.swap(at, other);
        }
        3 => fields[at].number = rng.u64(1..30),
        4..=6 => {
            let mut found = Vec::new();
            under(donor.unwrap_or_default(), fields[at].number, &mut found);
            if let Some(new) = any(rng, &found) {
                fields[at] = (*new).clone();
            }
        }
        _ => match &mut fields[at].value {
            Value::Number(number) => *number = atoms::near(rng, *number as f64) as i64 as u64,
            Value::Eight(bytes) => bytes::number(rng, bytes, 0..8),
            Value::Four(bytes) => bytes::number(rng, bytes, 0..4),
            Value::Bytes(content) if once_in(rng, 3) => bytes::change(rng, content, &[]),
            Value::Bytes(content) => {
                let end = content.len();
                bytes::number(rng, content, 0..end);
            }
            Value::Message(inner) => step(rng, inner, donor),
        },
    }
}
