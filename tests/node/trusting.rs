//! A plate of which some frames are replaced while the host runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use airoto::host::{ClipInfo, ClipSource, FrameStamp, HostImage, HostProfile, ImageError, ImageIds};

use super::stage::*;

/// The scene, of which frames 3 to 6 are others once that is wanted.
struct Plate {
    scene: Arc<Scene>,
    replaced: AtomicBool,
    /// Whether it tells by stamps what a frame is.
    stamped: bool,
    fetched: AtomicU64,
}

impl Plate {
    fn new(replaced: bool, stamped: bool) -> Arc<Self> {
        let replaced = AtomicBool::new(replaced);
        Arc::new(Self { scene: Scene::plain(), replaced, stamped, fetched: AtomicU64::new(0) })
    }

    /// Whose picture is given at `time`.
    fn picture(&self, time: f64) -> f64 {
        let replaced = self.replaced.load(Ordering::SeqCst) && (3.0..=6.0).contains(&time);
        // The square goes where it came from, too far to be followed.
        if replaced { 2.0 * (3.0 - time) - 10.0 } else { time }
    }
}

impl ClipSource for Plate {
    fn info(&self) -> ClipInfo {
        self.scene.info()
    }

    fn image(&self, time: f64) -> Result<Option<HostImage>, ImageError> {
        self.fetched.fetch_add(1, Ordering::SeqCst);
        let picture = self.picture(time);
        if picture == time {
            return self.scene.image(time);
        }
        // A plain picture without the square.
        let rgba = [0.1, 0.3, 0.6, 1.0].repeat((WIDTH * HEIGHT) as usize);
        let info = self.scene.info();
        HostImage::from_rgba(WIDTH, HEIGHT, &rgba, info.components, info.depth, airoto::host::RowBytes::Tight)
            .map(Some)
            .map_err(|e| ImageError(e.to_string()))
    }

    fn stamp(&self, time: f64) -> FrameStamp {
        if !self.stamped {
            return FrameStamp::Never;
        }
        let mut stamp = [0; 32];
        stamp[..8].copy_from_slice(&self.picture(time).to_le_bytes());
        FrameStamp::Is(stamp)
    }
}

fn profile(image_ids: ImageIds) -> HostProfile {
    HostProfile { image_ids, ..HostProfile::airoto() }
}

/// The matte of frame 9 of the plate with others at 3 to 6, by nothing that was kept.
fn right() -> Vec<f32> {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.connect("Source", Some(Plate::new(true, false))).expect("connected");
    alpha(&instance, 9)
}

#[test]
fn a_host_that_gives_its_pictures_other_names_is_heard() {
    let right = right();
    let binary = binary(profile(ImageIds::Stable));
    let instance = ready(&binary, Scene::plain());
    instance.connect("Source", Some(Plate::new(false, false))).expect("connected");
    let before: Vec<_> = (0..=LAST).map(|time| alpha(&instance, time)).collect();
    assert!(before[9] != right, "there is something to be seen");
    // What is connected now looks the same on frame 9 and on the prompt's.
    instance.connect("Source", Some(Plate::new(true, false))).expect("connected");
    assert!(alpha(&instance, 9) == right);
}

#[test]
fn a_source_with_stamps_is_asked_and_not_fetched() {
    let right = right();
    for image_ids in [ImageIds::Random, ImageIds::Empty] {
        let binary = binary(profile(image_ids));
        let instance = ready(&binary, Scene::plain());
        let plate = Plate::new(false, true);
        instance.connect("Source", Some(plate.clone())).expect("connected");
        let before: Vec<_> = (0..=LAST).map(|time| alpha(&instance, time)).collect();
        plate.fetched.store(0, Ordering::SeqCst);
        assert!(alpha(&instance, 9) == before[9]);
        assert_eq!(plate.fetched.load(Ordering::SeqCst), 1, "what is as it was is not fetched");
        plate.replaced.store(true, Ordering::SeqCst);
        assert!(alpha(&instance, 9) == right);
        plate.replaced.store(false, Ordering::SeqCst);
        assert!(alpha(&instance, 9) == before[9]);
    }
}

#[test]
fn a_render_in_order_fetches_no_more_than_it_did() {
    for image_ids in [ImageIds::Stable, ImageIds::Random, ImageIds::Empty] {
        let binary = binary(profile(image_ids));
        let instance = ready(&binary, Scene::plain());
        let plate = Plate::new(false, false);
        instance.connect("Source", Some(plate.clone())).expect("connected");
        for _ in 0..3 {
            plate.fetched.store(0, Ordering::SeqCst);
            instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
            (0..=LAST).for_each(|time| drop(alpha(&instance, time)));
            instance.end_sequence(0, LAST, 1.0, false).expect("end");
            let fetched = plate.fetched.load(Ordering::SeqCst);
            // Each frame, and the prompted one where it is not known yet which plate it is.
            assert!(fetched <= 2 * (LAST as u64 + 1), "{image_ids:?}: {fetched}");
        }
    }
}
