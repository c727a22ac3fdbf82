//! More points than anybody gives, in the parameter.

use std::time::{Duration, Instant};

use airoto::host::RenderCall;

use super::stage::*;

/// A build that is not optimised takes longer.
const LIMIT: Duration = if cfg!(debug_assertions) { Duration::from_secs(5) } else { Duration::from_secs(1) };

#[test]
fn a_hundred_thousand_points_are_refused_at_once() {
    let binary = binary(airoto::host::HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    let point = |i: usize| format!(r#"{{"frame":{},"point":[{}.5,{}.25]}}"#, i % 10, i % 95, i / 95 % 63);
    for frames in [1, 10] {
        let all: Vec<_> = (0..100_000).map(|i| point(i * 10 / frames)).collect();
        let text = format!(r#"{{"objects":[{{"name":"a","prompts":[{}]}}]}}"#, all.join(","));
        instance.set_param("prompts", text).expect("prompts");
        let begun = Instant::now();
        instance.render(&RenderCall::new(1.0)).expect_err("more than are read");
        let took = begun.elapsed();
        assert!(
            said(&instance).contains("there are 100000 prompts, expected at most 20000"),
            "{}",
            said(&instance)
        );
        assert!(took < LIMIT, "{took:?}");
        println!("{took:?}");
    }
    instance.set_param("prompts", prompts(2)).expect("prompts");
    assert!(overlap(&alpha(&instance, 2), 2) > 0.8, "and the next prompts are answered");
}
