//! The engine with the flow tracker on a small moving clip: any order and any number of threads
//! give the same bytes, and the track follows.

use std::sync::Arc;

use airoto::job::{EngineSettings, FrameSource, MaskKeys, Request, SourceError, TrackedFrame, prompts};
use airoto::raster::{Frame, Matte};
use airoto::worker::{Client, Mode};

const WIDTH: u32 = 96;
const HEIGHT: u32 = 64;
const LAST: i64 = 11;

fn left(time: i64) -> u32 {
    10 + 4 * time as u32
}

fn inside(time: i64, x: u32, y: u32) -> bool {
    (left(time)..left(time) + 24).contains(&x) && (18..44).contains(&y)
}

/// A textured square moves over a textured ground.
struct Footage;

impl FrameSource for Footage {
    fn frame(&mut self, time: i64) -> Result<Arc<Frame>, SourceError> {
        let noise = |x: u32, y: u32| {
            let h = (x / 3).wrapping_mul(0x9E37_79B1) ^ (y / 3).wrapping_mul(0x85EB_CA77);
            (h.wrapping_mul(0xC2B2_AE3D) >> 25) as u8
        };
        let pixel = |x: u32, y: u32| {
            if inside(time, x, y) {
                [128 + noise(x - left(time), y), 70, 40]
            } else {
                [30, 60 + noise(x, y), 110]
            }
        };
        let data = (0..WIDTH * HEIGHT).flat_map(|i| pixel(i % WIDTH, i / WIDTH)).collect();
        Ok(Arc::new(Frame::new(WIDTH, HEIGHT, data).expect("the size")))
    }

    fn mask(&mut self, time: i64) -> Result<Option<Matte>, SourceError> {
        Ok(Some(truth(time)))
    }

    fn aborted(&mut self) -> bool {
        false
    }
}

fn truth(time: i64) -> Matte {
    let value = |i: u32| f32::from(u8::from(inside(time, i % WIDTH, i / WIDTH)));
    Matte::new(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).map(value).collect()).expect("the size")
}

fn request(prompts: &str) -> Request {
    Request {
        prompts: Arc::new(prompts::parse(prompts).expect("prompts")),
        tracker: "flow".into(),
        width: WIDTH,
        height: HEIGHT,
        last: LAST,
        mask: MaskKeys::On(2),
        store: false,
        ..Request::default()
    }
}

fn client() -> Client {
    let settings = EngineSettings { cache: None, ..EngineSettings::default() };
    Client::with_settings(Mode::InProcess, settings)
}

fn track(client: &Client, request: &Request, time: i64) -> TrackedFrame {
    client.track(request, time, &mut Footage, &mut |_| {}).expect("tracked")
}

fn values(frame: &TrackedFrame) -> Vec<Vec<u32>> {
    frame.objects.iter().map(|o| o.matte.data().iter().map(|v| v.to_bits()).collect()).collect()
}

fn render(request: &Request, order: impl IntoIterator<Item = i64>) -> Vec<Vec<Vec<u32>>> {
    let client = client();
    let mut frames: Vec<_> = order.into_iter().map(|t| (t, values(&track(&client, request, t)))).collect();
    frames.sort();
    frames.into_iter().map(|(_, v)| v).collect()
}

const TWO: &str = r#"{"objects":[
    {"name":"square","prompts":[{"frame":9,"box":[46,18,70,44]}]},
    {"name":"ground","prompts":[{"frame":5,"box":[2,2,94,16]}]}]}"#;

#[test]
fn any_order_and_any_threads_give_the_same_bytes() {
    let request = request(TWO);
    let expected = render(&request, 0..=LAST);
    assert_eq!(expected, render(&request, (0..=LAST).rev()), "reverse");
    let mut order: Vec<i64> = (0..=LAST).collect();
    for seed in 1..=3 {
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        assert_eq!(expected, render(&request, order.clone()), "shuffle {seed}");
    }
    let shared = client();
    let mut frames: Vec<_> = std::thread::scope(|scope| {
        let (shared, request) = (&shared, &request);
        let one = |t: i64| scope.spawn(move || (t, values(&track(shared, request, t))));
        let all: Vec<_> = order.iter().map(|&t| one(t)).collect();
        all.into_iter().map(|t| t.join().expect("no panic")).collect()
    });
    frames.sort();
    assert_eq!(expected, frames.into_iter().map(|(_, v)| v).collect::<Vec<_>>(), "threads");
}

#[test]
fn the_track_follows_forward_and_backward() {
    let client = client();
    for time in 0..=LAST {
        let found = track(&client, &request(""), time).objects.remove(0);
        let iou = found.matte.iou(&truth(time));
        // An outline that is a pixel off all around a square of 24x26 pixels has .85.
        assert!(iou > 0.8, "frame {time}: {iou:.3}");
        assert_eq!(found.name, prompts::MASK_OBJECT);
        assert_eq!(found.pinned, time == 2);
    }
}
