//! Whether the numbers of a constant are in the file, all of them.

use super::fault::{Fault, refused};
use super::wire::{Fields, Value, message, numbers, short, text};

/// Axes of a tensor at most. ONNX Runtime has no operator for more than eight.
const MOST_AXES: usize = 64;

/// A tensor whose numbers are in it, all of them; gives its name.
pub fn check_tensor(fields: Fields) -> Result<String, Fault> {
    let (mut name, mut sides, mut bytes) = ("", Vec::new(), 0_u64);
    let mut elsewhere = false;
    for field in fields {
        match field? {
            // Ten bytes are the longest number.
            (1, Value::Bytes(packed)) if packed.len() > 10 * MOST_AXES => return too_many_axes(),
            (1, value) => {
                sides.extend(numbers(value)?);
                if sides.len() > MOST_AXES {
                    return too_many_axes();
                }
            }
            // Numbers by kind, or raw.
            (4..=7 | 9..=11, Value::Bytes(data)) => bytes += data.len() as u64 + 1,
            (4..=7 | 9..=11, _) => bytes += 1,
            (8, value) => name = text(value)?,
            (13, _) => elsewhere = true,
            (14, Value::Number(place)) => elsewhere |= place != 0,
            _ => {}
        }
    }
    if elsewhere {
        return refused(format!(
            "keeps the numbers of {} in another file, expected all of them in the graph",
            short(name)
        ));
    }
    // Four numbers of two bits are the most that a byte holds; an unpacked text may be empty.
    let count = sides.iter().try_fold(1_u64, |all, &side| all.checked_mul(side));
    if count.is_none_or(|count| count / 4 > bytes) {
        let sides: Vec<String> = sides.iter().map(u64::to_string).collect();
        return refused(format!(
            "declares {} numbers for {} and has at most {bytes} bytes of them",
            if sides.is_empty() { "1".to_owned() } else { sides.join(" x ") },
            short(name)
        ));
    }
    Ok(name.to_owned())
}

fn too_many_axes<T>() -> Result<T, Fault> {
    refused(format!("gives a constant more than {MOST_AXES} axes"))
}

/// Two tensors, values and where they stand, and the axes of the whole.
pub fn check_sparse(fields: Fields) -> Result<(), Fault> {
    let mut axes = 0;
    for field in fields {
        match field? {
            (1 | 2, tensor) => drop(check_tensor(message(tensor)?)?),
            (3, Value::Bytes(packed)) if packed.len() > 10 * MOST_AXES => return too_many_axes(),
            (3, _) => axes += 1,
            _ => {}
        }
        if axes > MOST_AXES {
            return too_many_axes();
        }
    }
    Ok(())
}
