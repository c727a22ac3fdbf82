//! What is known of the results of ONNX operators before they run: at least how many numbers there are.

use super::Fault;
use super::parts::{MOST_AXES, MOST_NUMBERS, Node, width};

/// What is known of a result. Of what is not known the least is taken, so that nothing is refused by a guess.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// How many numbers it has at least.
    pub count: u64,
    /// How often it holds what it is made of, where nobody knows how many numbers that has.
    pub growth: u64,
    /// Sizes of its axes, where all are known.
    pub shape: Option<Vec<u64>>,
    /// Bytes of one of its numbers, at least.
    pub width: u64,
    /// Its numbers, where they are few and whole.
    pub integers: Option<Vec<i64>>,
    /// Its numbers, where they are few and of 32 bits.
    pub floats: Option<Vec<f32>>,
    /// Whether it does not depend on what the graph is fed, so that it is computed when the graph is loaded.
    pub fixed: bool,
}

impl Known {
    /// Of which nothing is known.
    pub fn nothing() -> Self {
        Self { count: 1, growth: 1, shape: None, width: 1, integers: None, floats: None, fixed: false }
    }

    /// Of known axes.
    pub fn of(shape: Vec<u64>, width: u64) -> Self {
        Self { count: product(&shape), shape: Some(shape), width, ..Self::nothing() }
    }

    /// Bytes, at least.
    pub fn bytes(&self) -> u64 {
        self.count.saturating_mul(self.width)
    }

    /// Of at least so many numbers.
    fn at_least(count: u64, width: u64) -> Self {
        Self { count, width, ..Self::nothing() }
    }

    /// So often what it is made of.
    fn grown(self, growth: u64) -> Self {
        // Where the size is known that tells all.
        Self { growth: if self.shape.is_some() { 1 } else { growth }, ..self }
    }
}

fn product(sides: &[u64]) -> u64 {
    // None of them is large where one is none.
    if sides.contains(&0) { 0 } else { sides.iter().fold(1, |all: u64, side| all.saturating_mul(*side)) }
}

/// Whole numbers as sizes; none where one is negative.
fn sizes(numbers: &[i64]) -> Option<Vec<u64>> {
    numbers.iter().map(|n| u64::try_from(*n).ok()).collect()
}

/// The axes of two results that are combined number by number.
fn broadcast(a: &[u64], b: &[u64]) -> Option<Vec<u64>> {
    let rank = a.len().max(b.len());
    let side = |of: &[u64], i: usize| (i + of.len()).checked_sub(rank).map_or(1, |i| of[i]);
    (0..rank)
        .map(|i| match (side(a, i), side(b, i)) {
            (1, n) | (n, 1) => Some(n),
            (n, m) => (n == m).then_some(n),
        })
        .collect()
}

/// An axis counted from the end where it is negative.
fn axis(at: i64, rank: usize) -> Option<usize> {
    let at = if at < 0 { at + rank as i64 } else { at };
    usize::try_from(at).ok().filter(|at| *at < rank)
}

/// What is known of the results of a node; of those beyond the first nothing is.
///
/// # Errors
/// [`Fault::Malformed`].
pub(super) fn result(node: &Node, inputs: &[Option<Known>]) -> Result<Known, Fault> {
    let fixed = inputs.iter().flatten().all(|i| i.fixed) && node.kind != "RandomNormal";
    let found = if node.domain.is_empty() { known(node, inputs)? } else { None };
    let mut found = found.unwrap_or_else(Known::nothing);
    // A row of nodes may each add some.
    found.shape = found.shape.filter(|shape| shape.len() <= MOST_AXES);
    found.integers = found.integers.filter(|numbers| numbers.len() <= MOST_NUMBERS);
    Ok(Known { fixed, ..found })
}

fn known(node: &Node, inputs: &[Option<Known>]) -> Result<Option<Known>, Fault> {
    let input = |i: usize| inputs.get(i).and_then(Option::as_ref);
    let Some(first) = input(0) else { return constant(node) };
    Ok(match node.kind {
        "Identity" | "Dropout" => Some(first.clone()),
        "Cast" => {
            let to = node.integers("to")?.and_then(|to| to.first().copied()).unwrap_or(0);
            Some(Known { width: width(to as u64), floats: None, ..first.clone() })
        }
        "Abs"
        | "BatchNormalization"
        | "Ceil"
        | "Clip"
        | "Cos"
        | "CumSum"
        | "Elu"
        | "Erf"
        | "Exp"
        | "Floor"
        | "Gelu"
        | "GroupNormalization"
        | "HardSigmoid"
        | "HardSwish"
        | "InstanceNormalization"
        | "LayerNormalization"
        | "LeakyRelu"
        | "Log"
        | "LogSoftmax"
        | "Mish"
        | "Neg"
        | "Not"
        | "Reciprocal"
        | "Relu"
        | "Round"
        | "ScatterElements"
        | "ScatterND"
        | "Sigmoid"
        | "Sign"
        | "Sin"
        | "Softmax"
        | "Softplus"
        | "Sqrt"
        | "Tanh"
        | "Trilu" => Some(Known { integers: None, floats: None, ..first.clone() }),
        "Add" | "And" | "Div" | "Equal" | "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Max"
        | "Mean" | "Min" | "Mod" | "Mul" | "Or" | "PRelu" | "Pow" | "Sub" | "Sum" | "Where" | "Xor" => {
            let all = || inputs.iter().flatten();
            let mut shapes = all().map(|i| i.shape.as_deref());
            let shape = shapes.try_fold(Vec::new(), |a, b| broadcast(&a, b?));
            // Switches are smaller than what they come from.
            let width = all().map(|i| i.width).min().unwrap_or(1);
            let width = if matches!(node.kind, "Add" | "Div" | "Mul" | "Pow" | "Sub") { width } else { 1 };
            let most = all().map(|i| i.count).max().unwrap_or(1);
            let none = all().any(|i| i.count == 0);
            Some(match shape {
                Some(shape) => Known::of(shape, width),
                None => Known::at_least(if none { 0 } else { most }, width)
                    .grown(all().map(|i| i.growth).max().unwrap_or(1)),
            })
        }
        "Concat" => Some(concatenated(node, inputs)?),
        "Tile" => tiled(first, input(1)),
        "Expand" => input(1).and_then(|shape| sizes(shape.integers.as_deref()?)).map(|to| {
            let count = product(&to).max(first.count);
            match first.shape.as_deref().and_then(|from| broadcast(from, &to)) {
                Some(shape) => Known::of(shape, first.width),
                None => Known::at_least(count, first.width),
            }
        }),
        "ConstantOfShape" => {
            let shape = first.integers.as_deref().and_then(sizes);
            let width = node.tensor("value")?.map_or(4, |value| value.width);
            shape.map(|shape| Known::of(shape, width))
        }
        "Shape" => first.shape.as_ref().map(|shape| {
            let numbers = shape.iter().map(|side| *side as i64).collect();
            let all = Known { integers: Some(numbers), ..Known::of(vec![shape.len() as u64], 8) };
            // A part of them is not looked into.
            if node.integers("start").is_ok_and(|s| s.is_none()) { all } else { Known::nothing() }
        }),
        "Gather" => gathered(first, input(1)),
        "Reshape" => Some(Known { shape: reshaped(first, input(1)), ..first.clone() }),
        "Unsqueeze" | "Squeeze" => {
            let axes = match input(1) {
                Some(axes) => axes.integers.clone(),
                None => node.integers("axes")?,
            };
            Some(Known { shape: squeezed(node.kind, first, axes.as_deref()), ..first.clone() })
        }
        "Transpose" => {
            let turned = node.integers("perm")?.zip(first.shape.as_ref()).and_then(|(perm, shape)| {
                perm.iter().map(|&at| shape.get(usize::try_from(at).ok()?).copied()).collect()
            });
            Some(Known { shape: turned, integers: None, floats: None, ..first.clone() })
        }
        "Flatten" | "DepthToSpace" | "SpaceToDepth" => {
            Some(Known { shape: None, integers: None, floats: None, ..first.clone() })
        }
        "MatMul" => input(1).and_then(|second| multiplied(first, second)),
        "Range" => {
            let number = |i: usize| input(i).and_then(|k| k.integers.as_ref()?.first().copied());
            number(0).zip(number(1)).zip(number(2)).and_then(|((from, to), step)| {
                let count = to.checked_sub(from)?.checked_div(step)?.max(0);
                Some(Known::of(vec![count as u64], 4))
            })
        }
        "Resize" | "Upsample" => resized(node, first, inputs),
        _ => None,
    })
}

/// The result of a node that is fed nothing.
fn constant(node: &Node) -> Result<Option<Known>, Fault> {
    if node.kind != "Constant" {
        return Ok(None);
    }
    if let Some(tensor) = node.tensor("value")? {
        let shaped = tensor.shape.map_or_else(Known::nothing, |shape| Known::of(shape, tensor.width));
        return Ok(Some(Known { integers: tensor.integers, floats: tensor.floats, ..shaped }));
    }
    let numbers = match node.integers("value_ints")? {
        Some(numbers) => Some((vec![numbers.len() as u64], numbers)),
        None => node.integers("value_int")?.map(|number| (Vec::new(), number)),
    };
    Ok(numbers.map(|(shape, numbers)| Known { integers: Some(numbers), ..Known::of(shape, 8) }))
}

fn concatenated(node: &Node, inputs: &[Option<Known>]) -> Result<Known, Fault> {
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
    Ok(Known { count, shape, width, integers, ..Known::nothing() }.grown(growth))
}

fn tiled(first: &Known, times: Option<&Known>) -> Option<Known> {
    let times = sizes(times?.integers.as_deref()?)?;
    let count = first.count.saturating_mul(product(&times));
    let shape = first.shape.as_ref().filter(|shape| shape.len() == times.len());
    let shape = shape.map(|shape| shape.iter().zip(&times).map(|(s, t)| s.saturating_mul(*t)).collect());
    let growth = first.growth.saturating_mul(product(&times));
    Some(Known { count, shape, integers: None, floats: None, ..first.clone() }.grown(growth))
}

/// Numbers of a list of them; of anything else no more than how many.
fn gathered(first: &Known, at: Option<&Known>) -> Option<Known> {
    let at = at?;
    if let (Some(numbers), Some(places)) = (&first.integers, &at.integers) {
        let place = |p: &i64| axis(*p, numbers.len()).map(|p| numbers[p]);
        let integers: Option<Vec<i64>> = places.iter().map(place).collect();
        return Some(Known { integers, ..Known { width: first.width, ..at.clone() } });
    }
    Some(Known::at_least(at.count, first.width))
}

fn reshaped(first: &Known, to: Option<&Known>) -> Option<Vec<u64>> {
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

fn squeezed(kind: &str, first: &Known, axes: Option<&[i64]>) -> Option<Vec<u64>> {
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

fn multiplied(a: &Known, b: &Known) -> Option<Known> {
    let ([rows @ .., _], [others @ .., _, columns]) = (a.shape.as_deref()?, b.shape.as_deref()?) else {
        return None;
    };
    let (batch, row) = rows.split_at(rows.len().saturating_sub(1));
    let mut shape = broadcast(batch, others)?;
    shape.extend(row);
    shape.push(*columns);
    Some(Known::of(shape, a.width.min(b.width)))
}

fn resized(node: &Node, first: &Known, inputs: &[Option<Known>]) -> Option<Known> {
    let input = |i: usize| inputs.get(i).and_then(Option::as_ref);
    if let Some(to) = input(3).and_then(|to| sizes(to.integers.as_deref()?)) {
        return Some(Known::of(to, first.width));
    }
    let scales = input(if node.kind == "Upsample" { 1 } else { 2 })?.floats.as_ref()?;
    let shape = first.shape.as_ref().filter(|shape| shape.len() == scales.len());
    if let Some(shape) = shape {
        let side = |(side, scale): (&u64, &f32)| (*side as f64 * f64::from(*scale)).max(0.0) as u64;
        return Some(Known::of(shape.iter().zip(scales).map(side).collect(), first.width));
    }
    let factor = scales.iter().fold(1.0, |all: f64, scale| all * f64::from(*scale));
    // Sides are rounded down, each by less than a half where it does not shrink.
    let grows = scales.iter().all(|s| *s >= 1.0);
    let count = if grows { first.count as f64 * factor / 2.0 } else { 1.0 };
    let growth = if grows { first.growth as f64 * factor } else { 1.0 };
    Some(Known::at_least(count as u64, first.width).grown(growth as u64))
}
