//! Numbers of lines, as on a pocket calculator, for viewers that have no letters. Lengths are pixels of the screen.

/// Width and height of a digit.
const SIZE: (f64, f64) = (5.0, 9.0);
/// Between one character and the next.
const GAP: f64 = 3.0;

/// The two ends of a line, from the left end of the base line.
pub type Stroke = [(f64, f64); 2];

/// Which of the seven lines a digit has: the top, and on clockwise, the middle last.
const DIGITS: [u8; 10] = [
    0b011_1111, 0b000_0110, 0b101_1011, 0b100_1111, 0b110_0110, 0b110_1101, 0b111_1101, 0b000_0111,
    0b111_1111, 0b110_1111,
];

fn advance(c: char) -> f64 {
    if c.is_ascii_digit() { SIZE.0 + GAP } else { GAP + 1.0 }
}

/// How wide a text is.
#[must_use]
pub fn width(text: &str) -> f64 {
    text.chars().map(advance).sum::<f64>() - GAP
}

/// The lines of the digits and points of a text; what is neither leaves a gap.
#[must_use]
pub fn strokes(text: &str) -> Vec<Stroke> {
    let (w, h) = SIZE;
    let lines = [
        [(0.0, h), (w, h)],
        [(w, h), (w, h / 2.0)],
        [(w, h / 2.0), (w, 0.0)],
        [(w, 0.0), (0.0, 0.0)],
        [(0.0, 0.0), (0.0, h / 2.0)],
        [(0.0, h / 2.0), (0.0, h)],
        [(0.0, h / 2.0), (w, h / 2.0)],
    ];
    let (mut all, mut x) = (Vec::new(), 0.0);
    for c in text.chars() {
        let right = |line: &Stroke| line.map(|(dx, dy)| (x + dx, dy));
        match c.to_digit(10).and_then(|digit| DIGITS.get(digit as usize)) {
            Some(bits) => {
                all.extend(
                    lines.iter().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, l)| right(l)),
                );
            }
            None if c == '.' => all.push(right(&[(0.0, 0.0), (1.0, 0.0)])),
            None => {}
        }
        x += advance(c);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_a_calculator() {
        let lines = |text: &str| strokes(text).len();
        let counts: Vec<usize> = (0..10).map(|digit| lines(&digit.to_string())).collect();
        assert_eq!(counts, [6, 2, 5, 5, 4, 5, 6, 3, 7, 6]);
        assert_eq!((lines(" x"), lines(".")), (0, 1));
        // A one is at the right of its place, and within the width of the text.
        assert_eq!(strokes("1"), [[(5.0, 9.0), (5.0, 4.5)], [(5.0, 4.5), (5.0, 0.0)]]);
        assert_eq!(strokes("71")[3][0], (13.0, 9.0));
        assert_eq!((width("71"), width("0.5")), (13.0, 17.0));
    }
}
