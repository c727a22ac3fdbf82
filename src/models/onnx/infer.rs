//! Infers what is known of the results of ONNX operators before they run. Of what is not known the least is taken, so
//! that nothing is refused by a guess.

use super::fault::Fault;
use super::inferred::{Inferred, axis, broadcast, product, sizes};
use super::parts::{MOST_AXES, MOST_NUMBERS, Node, width};

/// What is known of the results of a node; of those beyond the first nothing is.
///
/// # Errors
/// [`Fault::NoGraph`].
pub fn infer(node: &Node, inputs: &[Option<Inferred>]) -> Result<Inferred, Fault> {
    let fixed = inputs.iter().flatten().all(|i| i.fixed) && node.kind != "RandomNormal";
    let found = if node.domain.is_empty() { by_operator(node, inputs)? } else { None };
    let mut found = found.unwrap_or_else(Inferred::nothing);
    // A row of nodes may each add some.
    found.shape = found.shape.filter(|shape| shape.len() <= MOST_AXES);
    found.integers = found.integers.filter(|numbers| numbers.len() <= MOST_NUMBERS);
    Ok(Inferred { fixed, ..found })
}

/// Operators whose result has the size of their first input.
const SAME_SIZE: [&str; 35] = [
    "Abs",
    "BatchNormalization",
    "Ceil",
    "Clip",
    "Cos",
    "CumSum",
    "Elu",
    "Erf",
    "Exp",
    "Floor",
    "Gelu",
    "GroupNormalization",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LayerNormalization",
    "LeakyRelu",
    "Log",
    "LogSoftmax",
    "Mish",
    "Neg",
    "Not",
    "Reciprocal",
    "Relu",
    "Round",
    "ScatterElements",
    "ScatterND",
    "Sigmoid",
    "Sign",
    "Sin",
    "Softmax",
    "Softplus",
    "Sqrt",
    "Tanh",
    "Trilu",
];
/// Operators that combine all their inputs number by number.
const COMBINING: [&str; 20] = [
    "Add",
    "And",
    "Div",
    "Equal",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "Max",
    "Mean",
    "Min",
    "Mod",
    "Mul",
    "Or",
    "PRelu",
    "Pow",
    "Sub",
    "Sum",
    "Where",
    "Xor",
];

/// The result of one of ONNX's own operators; none where nothing is known of it.
fn by_operator(node: &Node, inputs: &[Option<Inferred>]) -> Result<Option<Inferred>, Fault> {
    let input = |i: usize| inputs.get(i).and_then(Option::as_ref);
    let Some(first) = input(0) else { return constant(node) };
    Ok(match node.kind {
        "Identity" | "Dropout" => Some(first.clone()),
        "Cast" => {
            let to = node.integers("to")?.and_then(|to| to.first().copied()).unwrap_or(0);
            Some(Inferred { width: width(to as u64), floats: None, ..first.clone() })
        }
        kind if SAME_SIZE.contains(&kind) => Some(Inferred { integers: None, floats: None, ..first.clone() }),
        kind if COMBINING.contains(&kind) => Some(combined(kind, inputs)),
        "Concat" => Some(concatenated(node, inputs)?),
        "Tile" => tiled(first, input(1)),
        "Expand" => expanded(first, input(1)),
        "ConstantOfShape" => {
            let shape = first.integers.as_deref().and_then(sizes);
            let width = node.tensor("value")?.map_or(4, |value| value.width);
            shape.map(|shape| Inferred::of(shape, width))
        }
        "Shape" => shape_of(node, first),
        "Gather" => gathered(first, input(1)),
        "Reshape" => Some(Inferred { shape: reshaped(first, input(1)), ..first.clone() }),
        "Unsqueeze" | "Squeeze" => {
            let axes = match input(1) {
                Some(axes) => axes.integers.clone(),
                None => node.integers("axes")?,
            };
            Some(Inferred { shape: squeezed(node.kind, first, axes.as_deref()), ..first.clone() })
        }
        "Transpose" => {
            let turned = node.integers("perm")?.zip(first.shape.as_ref()).and_then(|(perm, shape)| {
                perm.iter().map(|&at| shape.get(usize::try_from(at).ok()?).copied()).collect()
            });
            Some(Inferred { shape: turned, integers: None, floats: None, ..first.clone() })
        }
        "Flatten" | "DepthToSpace" | "SpaceToDepth" => {
            Some(Inferred { shape: None, integers: None, floats: None, ..first.clone() })
        }
        "MatMul" => input(1).and_then(|second| multiplied(first, second)),
        "Range" => ranged(inputs),
        "Resize" | "Upsample" => resized(node, first, inputs),
        _ => None,
    })
}

/// The result of an operator called `kind` that combines its inputs number by number.
fn combined(kind: &str, inputs: &[Option<Inferred>]) -> Inferred {
    let all = || inputs.iter().flatten();
    let mut shapes = all().map(|i| i.shape.as_deref());
    let shape = shapes.try_fold(Vec::new(), |a, b| broadcast(&a, b?));
    // Switches are smaller than what they come from.
    let width = all().map(|i| i.width).min().unwrap_or(1);
    let width = if matches!(kind, "Add" | "Div" | "Mul" | "Pow" | "Sub") { width } else { 1 };
    let most = all().map(|i| i.count).max().unwrap_or(1);
    let none = all().any(|i| i.count == 0);
    match shape {
        Some(shape) => Inferred::of(shape, width),
        None => Inferred::at_least(if none { 0 } else { most }, width)
            .grown(all().map(|i| i.growth).max().unwrap_or(1)),
    }
}

fn expanded(first: &Inferred, to: Option<&Inferred>) -> Option<Inferred> {
    let to = sizes(to?.integers.as_deref()?)?;
    let count = product(&to).max(first.count);
    Some(match first.shape.as_deref().and_then(|from| broadcast(from, &to)) {
        Some(shape) => Inferred::of(shape, first.width),
        None => Inferred::at_least(count, first.width),
    })
}

/// The shape itself; a part of it is not looked into.
fn shape_of(node: &Node, first: &Inferred) -> Option<Inferred> {
    let shape = first.shape.as_ref()?;
    if node.integers("start").is_ok_and(|start| start.is_none()) {
        let numbers = shape.iter().map(|side| *side as i64).collect();
        Some(Inferred { integers: Some(numbers), ..Inferred::of(vec![shape.len() as u64], 8) })
    } else {
        Some(Inferred::nothing())
    }
}

fn ranged(inputs: &[Option<Inferred>]) -> Option<Inferred> {
    let number = |i: usize| inputs.get(i)?.as_ref()?.integers.as_ref()?.first().copied();
    let (from, to, step) = (number(0)?, number(1)?, number(2)?);
    let count = to.checked_sub(from)?.checked_div(step)?.max(0);
    Some(Inferred::of(vec![count as u64], 4))
}

/// The result of a node that is fed nothing.
fn constant(node: &Node) -> Result<Option<Inferred>, Fault> {
    if node.kind != "Constant" {
        return Ok(None);
    }
    if let Some(tensor) = node.tensor("value")? {
        let shaped = tensor.shape.map_or_else(Inferred::nothing, |shape| Inferred::of(shape, tensor.width));
        return Ok(Some(Inferred { integers: tensor.integers, floats: tensor.floats, ..shaped }));
    }
    let numbers = match node.integers("value_ints")? {
        Some(numbers) => Some((vec![numbers.len() as u64], numbers)),
        None => node.integers("value_int")?.map(|number| (Vec::new(), number)),
    };
    Ok(numbers.map(|(shape, numbers)| Inferred { integers: Some(numbers), ..Inferred::of(shape, 8) }))
}

fn concatenated(node: &Node, inputs: &[Option<Inferred>]) -> Result<Inferred, Fault> {
    let along = node.integers("axis")?.and_then(|a| a.first().copied());
    let all = || inputs.iter().flatten();
    let count = all().fold(0_u64, |sum, i| sum.saturating_add(i.count));
    let width = all().map(|i| i.width).min().unwrap_or(1);
    let shapes: Option<Vec<&Vec<u64>>> = all().map(|i| i.shape.as_ref()).collect();
    let shape = shapes.zip(along).and_then(|(shapes, along)| {
        let mut shape = (*shapes.first()?).clone();
        let at = axis(along, shape.len())?;
        let mut sides = shapes.iter().map(|s| s.get(at).copied());
        *shape.get_mut(at)? = sides.try_fold(0_u64, |sum, side| sum.checked_add(side?))?;
        Some(shape)
    });
    let integers: Option<Vec<Vec<i64>>> = all().map(|i| i.integers.clone()).collect();
    let integers = integers.map(|i| i.concat());
    let growth = all().fold(0_u64, |sum, i| sum.saturating_add(i.growth));
    Ok(Inferred { count, shape, width, integers, ..Inferred::nothing() }.grown(growth))
}

fn tiled(first: &Inferred, times: Option<&Inferred>) -> Option<Inferred> {
    let times = sizes(times?.integers.as_deref()?)?;
    let count = first.count.saturating_mul(product(&times));
    let shape = first.shape.as_ref().filter(|shape| shape.len() == times.len());
    let shape = shape.map(|shape| shape.iter().zip(&times).map(|(s, t)| s.saturating_mul(*t)).collect());
    let growth = first.growth.saturating_mul(product(&times));
    Some(Inferred { count, shape, integers: None, floats: None, ..first.clone() }.grown(growth))
}

/// Numbers of a list of them; of anything else no more than how many.
fn gathered(first: &Inferred, at: Option<&Inferred>) -> Option<Inferred> {
    let at = at?;
    if let (Some(numbers), Some(places)) = (&first.integers, &at.integers) {
        let place = |p: &i64| axis(*p, numbers.len()).map(|p| numbers[p]);
        let integers: Option<Vec<i64>> = places.iter().map(place).collect();
        return Some(Inferred { integers, ..Inferred { width: first.width, ..at.clone() } });
    }
    Some(Inferred::at_least(at.count, first.width))
}

fn reshaped(first: &Inferred, to: Option<&Inferred>) -> Option<Vec<u64>> {
    let to = to?.integers.as_ref()?;
    // Without all axes no more than a lower bound of the count is known.
    let from = first.shape.as_ref()?;
    let mut shape = Vec::with_capacity(to.len());
    for (i, side) in to.iter().enumerate() {
        shape.push(match side {
            0 => *from.get(i)?,
            -1 => 1,
            side => u64::try_from(*side).ok()?,
        });
    }
    if let Some(open) = to.iter().position(|side| *side == -1) {
        shape[open] = product(from).checked_div(product(&shape))?;
    }
    Some(shape)
}

fn squeezed(kind: &str, first: &Inferred, axes: Option<&[i64]>) -> Option<Vec<u64>> {
    let (shape, axes) = (first.shape.as_ref()?, axes?);
    let rank = if kind == "Unsqueeze" { shape.len() + axes.len() } else { shape.len() };
    let at = axes.iter().map(|&a| axis(a, rank)).collect::<Option<Vec<usize>>>()?;
    if kind == "Squeeze" {
        let kept = shape.iter().enumerate().filter(|(i, _)| !at.contains(i));
        return Some(kept.map(|(_, side)| *side).collect());
    }
    let mut sides = shape.iter();
    (0..rank).map(|i| if at.contains(&i) { Some(1) } else { sides.next().copied() }).collect()
}

fn multiplied(a: &Inferred, b: &Inferred) -> Option<Inferred> {
    let ([rows @ .., _], [others @ .., _, columns]) = (a.shape.as_deref()?, b.shape.as_deref()?) else {
        return None;
    };
    let (batch, row) = rows.split_at(rows.len().saturating_sub(1));
    let mut shape = broadcast(batch, others)?;
    shape.extend(row);
    shape.push(*columns);
    Some(Inferred::of(shape, a.width.min(b.width)))
}

fn resized(node: &Node, first: &Inferred, inputs: &[Option<Inferred>]) -> Option<Inferred> {
    let input = |i: usize| inputs.get(i).and_then(Option::as_ref);
    if let Some(to) = input(3).and_then(|to| sizes(to.integers.as_deref()?)) {
        return Some(Inferred::of(to, first.width));
    }
    let scales = input(if node.kind == "Upsample" { 1 } else { 2 })?.floats.as_ref()?;
    let shape = first.shape.as_ref().filter(|shape| shape.len() == scales.len());
    if let Some(shape) = shape {
        let side = |(side, scale): (&u64, &f32)| (*side as f64 * f64::from(*scale)).max(0.0) as u64;
        return Some(Inferred::of(shape.iter().zip(scales).map(side).collect(), first.width));
    }
    let factor = scales.iter().fold(1.0, |all: f64, scale| all * f64::from(*scale));
    // Sides are rounded down, each by less than a half where it does not shrink.
    let grows = scales.iter().all(|s| *s >= 1.0);
    let count = if grows { first.count as f64 * factor / 2.0 } else { 1.0 };
    let growth = if grows { first.growth as f64 * factor } else { 1.0 };
    Some(Inferred::at_least(count as u64, first.width).grown(growth as u64))
}
