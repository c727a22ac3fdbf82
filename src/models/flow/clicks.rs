//! Clicks, one after another: each changes what is known about itself, and nothing else.
//!
//! The labels so far are the state. A click that contradicts them says that its neighbourhood is wrong, and how
//! deep it lies in what is wrong says how large that is: within [`REACH`] times the depth the frame is asked
//! anew. Of what the answer changes, only pixels that the click asks for and that hang together with it are
//! changed: a positive click adds, a negative one takes away, and what is elsewhere stays as it is.

use std::sync::Arc;

use super::colour::Counts;
use super::energy;
use super::features::Features;
use super::geodesic;
use super::plane::Plane;
use super::region::{Region, components, signed_distance};

/// How far a click corrects, in depths at which it lies in what is wrong. Of 1, 2, 4 and 7 the first
/// two were worse on photographs that were held out then, 7 no better (`models/train/EXPERIMENTS.md`).
const REACH: f32 = 4.0;
/// The least that it reaches, as a part of the longer side of the grid.
const LEAST_REACH: f32 = 0.03;
/// What is asked anew around a click, in reaches.
const WINDOW: f32 = 2.0;
/// Radius of a click, at most, as a part of the longer side of the grid.
const CLICK: f32 = 0.012;
/// Radius of a click, at least, in pixels of the grid.
const LEAST_CLICK: f32 = 0.75;
/// A click that agrees with the labels counts as one at their edge up to this depth, in pixels of the grid: the
/// matte of the frame may differ from them by so much.
const EDGE: f32 = 1.6;
/// Rounds of colours from labels and labels from colours.
const ROUNDS: usize = 3;
/// Price of an edge, in log odds a pixel.
const PRICE: f32 = 20.0;
/// Log odds that nothing outweighs.
const FIXED: f32 = 1e3;
/// Log odds of the guess where it is surest.
const GUESS: f32 = 3.0;
/// The most that colour may say, in log odds.
const COLOUR: f32 = 4.0;
/// Factor of a model's log odds, and the most that they may say: of (.5, 4), (1, 6) and (2, 8) the best on held-out
/// photographs (`models/train/EXPERIMENTS.md`, 12).
const BELIEF: (f32, f32) = (1.0, 6.0);
/// Log odds of labels that are kept, deep inside; more than colours can say.
const KEPT: f32 = 6.0;
/// Depth at which labels are as good as sure, in pixels of the grid.
const SOFT: f32 = 6.0;
/// The most that the frame says anew, in log odds.
const SUREST: f32 = 8.0;
/// Share of the disc as deep as the click that has to change at least, or the click reaches further.
const LEAST_CHANGE: f32 = 0.5;
/// How often it reaches twice as far.
const WIDER: usize = 2;
/// A part that no click is on goes as a whole when it has less than this share of the largest.
const MINOR: f32 = 0.5;
/// What is left of a part by a negative click goes, too, when it has less than this share of it.
const SLIVER: f32 = 0.1;

/// A click on the label grid, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Click {
    pub at: (f32, f32),
    /// Whether it is on the object.
    pub on: bool,
}

/// What a click did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// It changed the labels.
    Changed,
    /// What it says was known.
    Known,
    /// It is on all that is left of the object.
    Last,
}

/// A click that was taken, and how far about it nothing else is true.
struct Taken {
    click: Click,
    radius: f32,
}

/// A frame that is being clicked on.
pub(super) struct Clicked {
    features: Arc<Features>,
    bounds: Option<Region>,
    labels: Plane,
    taken: Vec<Taken>,
}

/// Where a click is, and what is asked anew about it.
struct Ask<'a> {
    on: bool,
    /// In pixels of the grid.
    place: (usize, usize),
    reach: f32,
    depth: &'a [f32],
}

impl Clicked {
    /// From labels that are known: 0 or 1, or how far a pixel belongs to the object.
    pub fn new(features: Arc<Features>, bounds: Option<Region>, known: &Plane) -> Self {
        let mut labels = known.clone();
        labels.data.iter_mut().for_each(|v| *v = f32::from(u8::from(*v > 0.5)));
        Self { features, bounds, labels, taken: Vec::new() }
    }

    /// Takes it that a click was answered by the labels.
    pub fn answered(&mut self, click: Click) {
        let radius = self.most_radius();
        self.taken.push(Taken { click, radius });
    }

    /// What is known now.
    pub fn known(&self) -> &Plane {
        &self.labels
    }

    fn most_radius(&self) -> f32 {
        (CLICK * self.features.width().max(self.features.height()) as f32).max(LEAST_CLICK)
    }

    /// Changes the labels by one more click. `belief` holds log odds by another model.
    pub fn click(&mut self, click: Click, belief: Option<&Plane>) -> Effect {
        let (w, h) = (self.features.width(), self.features.height());
        let on: Vec<bool> = self.labels.data.iter().map(|&v| v > 0.5).collect();
        let depth = signed_distance(&on, w);
        let cell = |v: f32, side: usize| (v.max(0.0) as usize).min(side.saturating_sub(1));
        let place = (cell(click.at.0, w), cell(click.at.1, h));
        let wrong = depth[place.1 * w + place.0].abs();
        let agrees = on[place.1 * w + place.0] == click.on;
        if agrees && wrong > EDGE {
            self.taken.push(Taken { click, radius: LEAST_CLICK });
            return Effect::Known;
        }
        // At the edge the click reaches just over it.
        let radius = if agrees { wrong + 1.0 } else { wrong };
        self.taken.push(Taken { click, radius: radius.clamp(LEAST_CLICK, self.most_radius()) });
        let wanted = LEAST_CHANGE * std::f32::consts::PI * wrong * wrong;
        let mut reach = (REACH * wrong).max(LEAST_REACH * w.max(h) as f32);
        let mut flips = Vec::new();
        for _ in 0..=WIDER {
            flips = self.flips(&Ask { on: click.on, place, reach, depth: &depth }, belief);
            if flips.len() as f32 >= wanted {
                break;
            }
            reach *= 2.0;
            if let Some(last) = self.taken.last_mut() {
                last.radius = (2.0 * last.radius).min(wrong.max(last.radius));
            }
        }
        if flips.is_empty() {
            return Effect::Known;
        }
        let before = self.labels.clone();
        for &i in &flips {
            self.labels.data[i] = f32::from(u8::from(click.on));
        }
        if !click.on {
            self.tidy(&before, place.1 * w + place.0);
            if !self.labels.data.iter().any(|&v| v > 0.5) {
                self.labels = before;
                self.taken.pop();
                return Effect::Last;
            }
        }
        Effect::Changed
    }

    /// Takes away what a negative click at pixel `at` leaves of its part and does not mean: all of a small part
    /// that no positive click is on, else what it cut off and is small.
    fn tidy(&mut self, before: &Plane, at: usize) {
        let w = self.labels.width;
        let on = |plane: &Plane| plane.data.iter().map(|&v| v > 0.5).collect::<Vec<_>>();
        let stated = self.stated();
        let (parts, count) = components(&on(before), w);
        let Some(own) = parts[at] else { return };
        let mut areas = vec![0.0_f32; count];
        let mut named = vec![false; count];
        for (i, part) in parts.iter().enumerate() {
            if let Some(p) = *part {
                areas[p] += 1.0;
                named[p] |= stated[i] > 0;
            }
        }
        let largest = areas.iter().copied().fold(0.0, f32::max);
        let whole = !named[own] && areas[own] < MINOR * largest;
        let (rest, count) = components(&on(&self.labels), w);
        let mut left = vec![0.0_f32; count];
        let mut held = vec![false; count];
        for (i, part) in rest.iter().enumerate() {
            if let Some(p) = part.filter(|_| parts[i] == Some(own)) {
                left[p] += 1.0;
                held[p] |= stated[i] > 0;
            }
        }
        let most = left.iter().copied().fold(0.0, f32::max);
        for (i, part) in rest.iter().enumerate() {
            if let Some(p) = part.filter(|_| parts[i] == Some(own)) {
                let sliver = left[p] < SLIVER * areas[own] && left[p] < most;
                if !held[p] && (whole || sliver) {
                    self.labels.data[i] = 0.0;
                }
            }
        }
    }

    /// For each pixel 1 where a click says that it is on the object, -1 where one says that it is not, else 0. Where
    /// clicks contradict each other the later one is right.
    fn stated(&self) -> Vec<i8> {
        let (w, h) = (self.features.width(), self.features.height());
        let mut stated = vec![0; w * h];
        for Taken { click, radius } in &self.taken {
            let place = |v: f32, side: usize| (v.max(0.0) as usize).min(side - 1);
            let (x, y) = (place(click.at.0, w), place(click.at.1, h));
            let around =
                Region { x0: x, y0: y, x1: x + 1, y1: y + 1 }.grown(radius.ceil() as usize + 1, w, h);
            for i in around.indices(w) {
                let (px, py) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
                if i == y * w + x || (click.at.0 - px).hypot(click.at.1 - py) <= *radius {
                    stated[i] = if click.on { 1 } else { -1 };
                }
            }
        }
        stated
    }

    /// The pixels that a click changes: those that the frame, asked anew, gives to the click's side, and that hang
    /// together with it.
    fn flips(&self, ask: &Ask, belief: Option<&Plane>) -> Vec<usize> {
        let (w, h) = (self.features.width(), self.features.height());
        let (x, y) = ask.place;
        let margin = (WINDOW * ask.reach).ceil() as usize + 1;
        let window = Region { x0: x, y0: y, x1: x + 1, y1: y + 1 }.grown(margin, w, h);
        let odds = self.odds(ask, window, belief);
        let on = self.alternate(window, &odds);
        // Those that hang together with the click, from its disc on.
        let (columns, last) = (window.width(), self.taken.last());
        let flips: Vec<bool> = window
            .indices(w)
            .zip(on)
            .map(|(i, on)| on == ask.on && (self.labels.data[i] > 0.5) != ask.on)
            .collect();
        let (parts, count) = components(&flips, columns);
        let mut meant = vec![false; count];
        let near = |i: usize| {
            let (px, py) = ((i % w) as f32 + 0.5, (i / w) as f32 + 0.5);
            last.is_some_and(|t| (t.click.at.0 - px).hypot(t.click.at.1 - py) <= t.radius + 1.0)
        };
        for (i, part) in window.indices(w).zip(&parts) {
            if let Some(p) = part.filter(|_| near(i) || i == y * w + x) {
                meant[p] = true;
            }
        }
        let of_click = |(i, part): (usize, &Option<usize>)| part.filter(|&p| meant[p]).map(|_| i);
        window.indices(w).zip(&parts).filter_map(of_click).collect()
    }

    /// Log odds of the pixels of a window: near the click what the frame says anew, farther off what is known.
    fn odds(&self, ask: &Ask, window: Region, belief: Option<&Plane>) -> Vec<f32> {
        let w = self.features.width();
        let (cx, cy) = (ask.place.0 as f32, ask.place.1 as f32);
        let far = |i: usize| ((i % w) as f32 - cx).hypot((i / w) as f32 - cy) / ask.reach;
        let stated = self.stated();
        let fixed = |i: usize| f32::from(stated[i]) * FIXED;
        // What is known beyond the reach is where the two sides begin.
        let seeds = |on: bool| {
            let sign = if on { 1_i8 } else { -1 };
            let (known, stated) = (&self.labels.data, &stated);
            let begins = move |i: &usize| match stated[*i] {
                0 => far(*i) > 1.0 && (known[*i] > 0.5) == on,
                label => label == sign,
            };
            (0..known.len()).filter(begins)
        };
        let (to_on, to_off) = rayon::join(
            || geodesic::distance(&self.features, seeds(true)),
            || geodesic::distance(&self.features, seeds(false)),
        );
        let beyond = |i: usize| {
            let inside = |b: Region| b.contains(i % w, i / w);
            self.bounds.is_some_and(|b| !inside(b) && b.contains(ask.place.0, ask.place.1))
        };
        window
            .indices(w)
            .map(|i| {
                if stated[i] != 0 {
                    return fixed(i);
                }
                if beyond(i) {
                    return -FIXED;
                }
                let (near, other) = (to_on[i].min(1e6), to_off[i].min(1e6));
                let guess = GUESS * (other - near) / (other + near).max(1e-3);
                let believed = belief.map_or(0.0, |b| (b.data[i] * BELIEF.0).clamp(-BELIEF.1, BELIEF.1));
                let anew = (guess + believed).clamp(-SUREST, SUREST);
                let close = (-far(i) * far(i)).exp();
                (1.0 - close) * KEPT * (ask.depth[i] / SOFT).tanh() + close * anew
            })
            .collect()
    }

    /// Learns colours from labels and cuts the labels of `window` by colours in turn, from log odds of its pixels.
    fn alternate(&self, window: Region, guess: &[f32]) -> Vec<bool> {
        let w = self.features.width();
        let mut labels = self.labels.clone();
        for (i, g) in window.indices(w).zip(guess) {
            labels.data[i] = 1.0 / (1.0 + (-g).exp());
        }
        let mut found = Vec::new();
        for _ in 0..ROUNDS {
            let mut counts = Counts::new();
            counts.add(&self.features, &labels, |i| if window.contains(i % w, i / w) { 1.0 } else { 0.2 });
            let odds = counts.odds();
            let evidence: Vec<f32> = window
                .indices(w)
                .zip(guess)
                .map(|(i, g)| g + odds.of(self.features.colour_at(i)).clamp(-COLOUR, COLOUR))
                .collect();
            let next = energy::label(&self.features, window, &evidence, PRICE);
            if next == found {
                break;
            }
            for (i, &on) in window.indices(w).zip(&next) {
                labels.data[i] = f32::from(u8::from(on));
            }
            found = next;
        }
        found
    }
}
