//! What leaves the node, from a pixel of the plate and its alpha.

use crate::node::{Settings, View};
use crate::params::{VIEW_COLOUR, WIPE};
use crate::raster::RectI;

/// Colour of the tint, in the plate's own numbers.
const TINT: [f32; 3] = [0.1, 0.9, 0.35];
/// How much of the tint is seen on the object.
const TINT_SHARE: f32 = 0.35;
/// What is left of the plate's light around the object.
const SURROUND: f32 = 0.45;
/// The two greys of the checkerboard, in the plate's own numbers.
const CHECKER: [f32; 2] = [0.25, 0.5];
/// Side of a square of the checkerboard, in pixels of the full frame's height.
const CHECKER_SIDE: f64 = 16.0;
/// What both mattes have in a difference, and what one of them has alone.
const BOTH: [f32; 3] = [0.35; 3];
const MINE: [f32; 3] = [0.0, 1.0, 0.0];
const OTHERS: [f32; 3] = [1.0, 0.0, 0.0];
/// Columns of the picture for each column of a wipe's line, which has at least one.
const WIPE_LINE: f32 = 1000.0;

/// A view with all that its pixels depend on beside plate and alpha.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    view: View,
    /// The colour behind the object.
    colour: [f32; 3],
    /// The full frame in the pixels of the render, y up.
    frame: RectI,
    /// Columns and rows of the render in a square of the checkerboard.
    square: (f64, f64),
    /// The first column right of a wipe's line, and the columns of the line left of it.
    wipe: (i32, i32),
}

impl Look {
    /// As `settings` have it, for a full frame that lies in `frame` in the pixels of the render, which has this
    /// scale; `aspect` is the width of a pixel over its height.
    #[must_use]
    pub fn new(settings: &Settings, frame: RectI, aspect: f64, scale: (f64, f64)) -> Self {
        let width = frame.width() as f32;
        let line = ((width / WIPE_LINE).ceil() as i32).max(1);
        let at = frame.x0.saturating_add((settings.value().number(WIPE) as f32 * width).round() as i32);
        let aspect = if aspect.is_finite() && aspect > 0.0 { aspect } else { 1.0 };
        Self {
            view: settings.view,
            colour: settings.value().colour(VIEW_COLOUR),
            frame,
            square: (CHECKER_SIDE * scale.0 / aspect, CHECKER_SIDE * scale.1),
            wipe: (at, line),
        }
    }

    /// Whether the last number of a pixel is the plate's and not the matte's.
    #[must_use]
    pub fn keeps_plate_alpha(&self) -> bool {
        self.view == View::Source
    }

    /// The pixels of the row at `y` from `x0` on, in the place of the plate's, which `line` has: R G B A as the host
    /// gave them. `alphas` are the matte's, `others` what the view shows beside it: the other matte.
    pub fn row(&self, (x0, y): (i32, i32), line: &mut [[f32; 4]], alphas: &[f32], others: &[f32]) {
        let pixels = line.iter_mut().zip(alphas.iter().zip(others));
        for (x, (pixel, (&alpha, &other))) in (x0..).zip(pixels) {
            *pixel = self.pixel((x, y), *pixel, alpha, other);
        }
    }

    /// The alpha that leaves the node in the column `x`.
    #[must_use]
    pub fn alpha(&self, x: i32, alpha: f32, other: f32) -> f32 {
        if self.view == View::Wipe && x >= self.wipe.0 { other } else { alpha }
    }

    fn pixel(&self, (x, y): (i32, i32), plate: [f32; 4], alpha: f32, other: f32) -> [f32; 4] {
        let [r, g, b, own] = plate;
        let rgb = [r, g, b];
        let with = |[r, g, b]: [f32; 3], alpha: f32| [r, g, b, alpha];
        match self.view {
            // The colours of bands, blur, objects and confidence come from elsewhere.
            View::Alpha | View::Trimap | View::BlurVectors | View::IdMatte | View::Confidence => {
                with(rgb, alpha)
            }
            View::Matte => [alpha; 4],
            View::Premultiplied => with(rgb.map(|v| v * alpha), alpha),
            View::Overlay => with(tinted(rgb, alpha, TINT, TINT_SHARE), alpha),
            View::OverColour => with(mix(self.colour, rgb, alpha), alpha),
            View::OverChecker => with(mix([self.checker(x, y); 3], rgb, alpha), alpha),
            View::Source => with(rgb, own),
            View::Difference => {
                let (both, mine, others) =
                    (alpha.min(other), (alpha - other).max(0.0), (other - alpha).max(0.0));
                let sum = |c: usize| BOTH[c] * both + MINE[c] * mine + OTHERS[c] * others;
                with([sum(0), sum(1), sum(2)], alpha)
            }
            View::Wipe => {
                let shown = self.alpha(x, alpha, other);
                if (self.wipe.0.saturating_sub(self.wipe.1)..self.wipe.0).contains(&x) {
                    return [1.0, 1.0, 1.0, shown];
                }
                with(tinted(rgb, shown, TINT, TINT_SHARE), shown)
            }
        }
    }

    /// The grey of the checkerboard, whose squares begin at the top left of the full frame.
    fn checker(&self, x: i32, y: i32) -> f32 {
        let across = (f64::from(x) + 0.5 - f64::from(self.frame.x0)) / self.square.0;
        let down = (f64::from(self.frame.y1) - f64::from(y) - 0.5) / self.square.1;
        CHECKER[usize::from((across.floor() as i64 + down.floor() as i64).rem_euclid(2) == 1)]
    }
}

/// `over` where alpha is 1, `under` where it is 0.
fn mix(under: [f32; 3], over: [f32; 3], alpha: f32) -> [f32; 3] {
    std::array::from_fn(|c| under[c] * (1.0 - alpha) + over[c] * alpha)
}

/// The plate darkened about the object and tinted on it.
fn tinted(plate: [f32; 3], alpha: f32, tint: [f32; 3], share: f32) -> [f32; 3] {
    mix(plate.map(|v| v * SURROUND), mix(plate, tint, share), alpha)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{self, Values};

    const PLATE: [f32; 4] = [0.5, 2.0, -0.25, 0.75];

    /// Parameters of which only the view is set.
    struct Only(i32);

    impl Values for Only {
        fn text(&self, _: &str) -> String {
            String::new()
        }

        fn int(&self, id: &str) -> Option<i32> {
            (id == params::VIEW).then_some(self.0)
        }

        fn double(&self, _: &str) -> Option<f64> {
            None
        }

        fn colour(&self, id: &str) -> Option<[f64; 3]> {
            (id == params::VIEW_COLOUR).then_some([0.0, 0.25, 1.0])
        }
    }

    fn look(id: &str, aspect: f64, scale: f64) -> Look {
        let Some(params::Kind::Choice { options, .. }) = params::find(params::VIEW).map(|p| p.kind) else {
            panic!("the view is a choice");
        };
        let index = options.iter().position(|o| o.0 == id).expect("an option") as i32;
        let settings = Settings::read(&Only(index));
        assert!(id == "alpha" || settings.view != View::Alpha, "{id} is known");
        let side = |n: f64| (n * scale).round() as i32;
        let frame = RectI::new(10, 20, 10 + side(64.0 / aspect), 20 + side(48.0));
        Look::new(&settings, frame, aspect, (scale, scale))
    }

    fn pixel(id: &str, alpha: f32, other: f32) -> [f32; 4] {
        look(id, 1.0, 1.0).pixel((11, 21), PLATE, alpha, other)
    }

    #[test]
    fn straight_alpha_leaves_the_plate_alone() {
        assert_eq!(pixel("alpha", 0.25, 0.0), [0.5, 2.0, -0.25, 0.25]);
        assert_eq!(pixel("source", 0.25, 0.0), PLATE);
    }

    #[test]
    fn premultiplied_is_black_where_there_is_no_object() {
        assert_eq!(pixel("premult", 0.0, 0.0), [0.0, 0.0, 0.0, 0.0]);
        assert_eq!(pixel("premult", 0.5, 0.0), [0.25, 1.0, -0.125, 0.5]);
    }

    #[test]
    fn the_matte_is_in_every_channel() {
        assert_eq!(pixel("matte", 0.75, 0.0), [0.75; 4]);
    }

    #[test]
    fn an_overlay_shows_object_and_surroundings_apart() {
        let (on, off) = (pixel("overlay", 1.0, 0.0), pixel("overlay", 0.0, 0.0));
        assert!(on[1] > off[1] + 0.2);
    }

    #[test]
    fn the_object_lies_over_the_colour() {
        assert_eq!(pixel("colour", 0.0, 0.0), [0.0, 0.25, 1.0, 0.0]);
        assert_eq!(pixel("colour", 1.0, 0.0), [0.5, 2.0, -0.25, 1.0]);
        assert_eq!(pixel("colour", 0.5, 0.0), [0.25, 1.125, 0.375, 0.5]);
    }

    #[test]
    fn squares_are_square_on_the_screen_at_any_scale_and_aspect() {
        for (aspect, scale) in [(1.0, 1.0), (1.0, 0.5), (2.0, 1.0), (2.0, 0.25)] {
            let look = look("checker", aspect, scale);
            let runs = |greys: Vec<f32>| greys.chunk_by(|a, b| a == b).map(<[f32]>::len).collect::<Vec<_>>();
            let across = runs((look.frame.x0..look.frame.x1).map(|x| look.checker(x, 30)).collect());
            let down = runs((look.frame.y0..look.frame.y1).map(|y| look.checker(12, y)).collect());
            assert_eq!(across, vec![(16.0 * scale / aspect) as usize; 4], "{aspect} {scale}");
            assert_eq!(down, vec![(16.0 * scale) as usize; 3], "{aspect} {scale}");
            // The same one at the top left, whatever the scale.
            assert_eq!(look.checker(look.frame.x0, look.frame.y1 - 1), CHECKER[0]);
        }
    }

    #[test]
    fn what_one_tracker_has_alone_is_told_by_colour() {
        assert_eq!(pixel("difference", 1.0, 0.0), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(pixel("difference", 0.0, 1.0), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(pixel("difference", 1.0, 1.0), [0.35, 0.35, 0.35, 1.0]);
        assert_eq!(pixel("difference", 0.0, 0.0), [0.0; 4]);
    }

    #[test]
    fn a_wipe_shows_each_on_its_side_of_a_line() {
        let look = look("wipe", 1.0, 1.0);
        let line: Vec<i32> =
            (10..74).filter(|&x| look.pixel((x, 30), [0.1; 4], 0.0, 0.0)[..3] == [1.0; 3]).collect();
        assert_eq!(line, [41], "one column, at the middle of 10 to 74");
        assert_eq!((look.alpha(40, 1.0, 0.0), look.alpha(43, 1.0, 0.0)), (1.0, 0.0));
        let (mine, others) = (look.pixel((20, 30), PLATE, 1.0, 0.0), look.pixel((60, 30), PLATE, 1.0, 0.0));
        assert_eq!((mine, others), (pixel("overlay", 1.0, 0.0), pixel("overlay", 0.0, 0.0)));
    }
}
