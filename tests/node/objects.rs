//! Several objects: what is seen where they overlap, and each by itself.

use airoto::host::{Components, Context, Depth, HostProfile, Instance, RenderCall, RowBytes};

use super::stage::*;

/// The square under its own name, and under another with a wider box.
fn object(name: &str, margin: i64) -> String {
    let (left, top) = square(2);
    let (left, top, side) = (left - margin, top - margin, 24 + 2 * margin);
    format!(
        r#"{{"name":"{name}","prompts":[{{"frame":2,"box":[{left},{top},{},{}]}}]}}"#,
        left + side,
        top + side
    )
}

fn of(objects: &[String]) -> String {
    format!(r#"{{"objects":[{}]}}"#, objects.join(","))
}

fn set(instance: &Instance, prompts: &[String], overlap: &str, object: &str) {
    instance.set_param("prompts", of(prompts)).expect("prompts");
    instance.set_param("overlap", overlap).expect("overlap");
    instance.set_param("object", object).expect("object");
}

#[test]
fn layers_cut_in_the_order_of_the_prompts_and_each_object_has_its_own_matte() {
    let binary = binary(HostProfile::airoto());
    // In bytes each of three mattes is rounded by itself.
    let instance = ready(&binary, Scene::new(Components::Rgba, Depth::Float, RowBytes::Tight));
    instance.set_param("inputColour", 1).expect("colour");
    let (tight, wide) = (object("tight", 0), object("wide", 3));
    let given = |prompts: &[String], overlap: &str, object: &str| {
        set(&instance, prompts, overlap, object);
        alpha(&instance, 4)
    };
    let both = [tight.clone(), wide.clone()];
    let turned = [wide.clone(), tight.clone()];
    let alone = [given(&[tight], "highest", "all"), given(&[wide], "highest", "all")];
    assert!(overlap(&alone[0], 4) > 0.6 && overlap(&alone[1], 4) > 0.6, "both see the square");
    // The upper one is whole, by name and by number, and the lower one has what it leaves.
    for (prompts, top, whole) in [(&both, "tight", &alone[0]), (&turned, "wide", &alone[1])] {
        assert!(given(prompts, "layered", top) == *whole, "{top} lies on top");
        assert!(given(prompts, "layered", "1") == *whole, "{top} is the first");
        let lower = given(prompts, "layered", "2");
        assert!(lower.iter().zip(whole).all(|(l, w)| l + w <= 1.0 + 1e-6), "{top} cuts the other");
        let all = given(prompts, "layered", "all");
        assert!(all.iter().zip(whole.iter().zip(&lower)).all(|(a, (w, l))| *a == (w + l).min(1.0)));
    }
    // By the other rule the surer one is whole, whichever is listed first.
    let highest = [given(&both, "highest", "tight"), given(&both, "highest", "wide")];
    for (i, a) in alone[0].iter().enumerate().filter(|(i, a)| **a > alone[1][*i]) {
        assert_eq!(highest[0][i], *a);
    }
    assert!(highest[0].iter().zip(&highest[1]).all(|(a, b)| a + b <= 1.0 + 1e-6));
}

#[test]
fn an_object_that_is_not_there_is_named() {
    let binary = binary(HostProfile::airoto());
    let instance = instance(&binary, Context::Filter);
    instance.connect("Source", Some(Scene::plain())).expect("connected");
    set_up(&instance);
    for unknown in ["hat", "0", "2"] {
        set(&instance, &[object("tight", 0)], "highest", unknown);
        let error = instance.process(&RenderCall::new(2.0)).expect_err("no such object").to_string();
        let expected = format!("there is no object \"{unknown}\", the prompts have \"tight\"");
        assert!(error.contains(&expected), "{error}");
    }
}
