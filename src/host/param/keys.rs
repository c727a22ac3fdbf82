//! Values between keys, and curves between control points.

use crate::host::kinds::ParamKind;
use crate::host::value::Value;

/// A parametric curve: control points in the order of their positions.
pub(in crate::host) type Curve = Vec<(f64, f64)>;

/// The value between keys: straight lines for numbers, the key before for all else.
pub(in crate::host) fn at(keys: &[(f64, Value)], time: f64, kind: ParamKind) -> Value {
    let next = keys.partition_point(|(t, _)| *t <= time);
    let Some(before) = next.checked_sub(1).and_then(|i| keys.get(i)) else {
        return keys.first().map(|(_, v)| v.clone()).unwrap_or_else(|| Value::empty(kind));
    };
    let Some(after) = keys.get(next) else {
        return before.1.clone();
    };
    let smooth =
        kind.is_double() || matches!(kind, ParamKind::Integer | ParamKind::Integer2D | ParamKind::Integer3D);
    match (before.1.doubles(), after.1.doubles()) {
        (Some(a), Some(b)) if smooth => {
            let f = (time - before.0) / (after.0 - before.0);
            let mixed: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + (b - a) * f).collect();
            if kind.is_double() {
                Value::from_doubles(&mixed)
            } else {
                let whole: Vec<i32> = mixed.iter().map(|v| v.round() as i32).collect();
                Value::from_ints(kind, &whole)
            }
        }
        _ => before.1.clone(),
    }
}

/// The value of a curve at a position: straight lines between control points, level outside.
pub(in crate::host) fn curve_value(curve: &Curve, position: f64) -> f64 {
    let next = curve.partition_point(|(p, _)| *p <= position);
    match (next.checked_sub(1).and_then(|i| curve.get(i)), curve.get(next)) {
        (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (position - a.0) / (b.0 - a.0),
        (Some(a), None) => a.1,
        (None, Some(b)) => b.1,
        (None, None) => position,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_straight_and_choices_jump() {
        let keys = [(0.0, Value::Int(0)), (10.0, Value::Int(4))];
        assert_eq!(at(&keys, 5.0, ParamKind::Integer), Value::Int(2));
        assert_eq!(at(&keys, 9.0, ParamKind::Choice), Value::Int(0));
        assert_eq!(at(&keys, 99.0, ParamKind::Choice), Value::Int(4));
        assert_eq!(at(&keys, -1.0, ParamKind::Integer), Value::Int(0));
    }

    #[test]
    fn curves_are_level_outside() {
        let curve = vec![(0.0, 1.0), (2.0, 3.0)];
        assert_eq!([-1.0, 1.0, 5.0].map(|p| curve_value(&curve, p)), [1.0, 2.0, 3.0]);
    }
}
