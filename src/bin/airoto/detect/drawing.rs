//! Candidates drawn over their frame: a box each, with its number and its score in a corner.

use airoto::job::Candidate;
use airoto::raster::Frame;

/// Colours of the boxes, by turns: far apart for most eyes (Okabe and Ito).
const COLOURS: [[u8; 3]; 6] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [240, 228, 66], [213, 94, 0], [204, 121, 167]];
/// Rows of a sign, three pixels each, the highest bit on the left.
const DIGITS: [[u8; 5]; 10] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 7, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 1, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
];
const POINT: [u8; 5] = [0, 0, 0, 0, 2];
const NOTHING: [u8; 5] = [0; 5];

/// The frame with all candidates, the best on top.
pub fn draw(frame: &Frame, candidates: &[Candidate]) -> Frame {
    let mut out = frame.clone();
    let unit = (frame.width().min(frame.height()) / 360).max(1);
    for (i, candidate) in candidates.iter().enumerate().rev() {
        let colour = COLOURS[i % COLOURS.len()];
        // At least half a line is seen of a box at the frame's edge.
        let [x0, y0, x1, y1] = candidate.bounds.map(|v| v.round().clamp(0.0, f64::from(u32::MAX)) as u32);
        let line = 2 * unit;
        fill(&mut out, [x0, y0, x1, y0.saturating_add(line)], colour);
        fill(&mut out, [x0, y1.saturating_sub(line), x1, y1], colour);
        fill(&mut out, [x0, y0, x0.saturating_add(line), y1], colour);
        fill(&mut out, [x1.saturating_sub(line), y0, x1, y1], colour);
        let text = format!("{} {:.2}", i + 1, candidate.score);
        let (wide, tall) = (text.len() as u32 * 4 * unit + unit, 7 * unit);
        // Within the frame, above the box where there is room.
        let left = x0.min(out.width().saturating_sub(wide));
        let top = if y0 >= tall { y0 - tall } else { y0.min(out.height().saturating_sub(tall)) };
        fill(&mut out, [left, top, left + wide, top + tall], colour);
        write(&mut out, &text, (left + unit, top + unit), unit);
    }
    out
}

/// Fills left, top, right and bottom, as far as it is within the frame.
fn fill(out: &mut Frame, [x0, y0, x1, y1]: [u32; 4], colour: [u8; 3]) {
    let (width, height) = (out.width(), out.height());
    let (x1, y1) = (x1.min(width) as usize, y1.min(height) as usize);
    let (x0, y0) = ((x0 as usize).min(x1), (y0 as usize).min(y1));
    for row in out.data_mut().chunks_exact_mut(3 * width.max(1) as usize).take(y1).skip(y0) {
        row[3 * x0..3 * x1].as_chunks_mut::<3>().0.fill(colour);
    }
}

/// Writes digits, points and spaces in black.
fn write(out: &mut Frame, text: &str, (left, top): (u32, u32), unit: u32) {
    for (i, sign) in text.chars().enumerate() {
        let rows = match sign {
            '.' => POINT,
            _ => sign.to_digit(10).map_or(NOTHING, |digit| DIGITS[digit as usize]),
        };
        for (y, row) in rows.iter().enumerate() {
            for x in (0..3_u32).filter(|x| row >> (2 - x) & 1 == 1) {
                let (x, y) = (left + (4 * i as u32 + x) * unit, top + y as u32 * unit);
                fill(out, [x, y, x + unit, y + unit], [0; 3]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(bounds: [f64; 4]) -> Candidate {
        Candidate { bounds, score: 0.87, phrase: String::new() }
    }

    #[test]
    fn boxes_are_drawn_where_they_are_with_their_numbers() {
        let drawn = draw(&Frame::filled(80, 60, [10; 3]), &[candidate([20.0, 25.0, 60.0, 50.0])]);
        for (x, y) in [(20, 40), (59, 40), (40, 25), (40, 49), (21, 18)] {
            assert_eq!(drawn.pixel(x, y), COLOURS[0], "{x}, {y}");
        }
        for (x, y) in [(40, 40), (70, 40), (19, 40), (40, 52)] {
            assert_eq!(drawn.pixel(x, y), [10; 3], "{x}, {y}");
        }
        // The foot of the 1, and the point.
        assert_eq!((drawn.pixel(22, 23), drawn.pixel(34, 23)), ([0; 3], [0; 3]));
    }

    #[test]
    fn boxes_at_the_edges_and_beyond_are_drawn_as_far_as_they_are_seen() {
        let all = [
            candidate([0.0, 0.0, 5.0, 4.0]),
            candidate([70.0, 50.0, 1e12, 1e12]),
            candidate([5.0, 5.0, 5.0, 5.0]),
        ];
        let drawn = draw(&Frame::filled(80, 60, [10; 3]), &all);
        assert_eq!(drawn.pixel(70, 55), COLOURS[1]);
        draw(&Frame::filled(1, 1, [10; 3]), &all);
        assert_eq!(draw(&Frame::filled(0, 0, [0; 3]), &all).data().len(), 0);
    }
}
