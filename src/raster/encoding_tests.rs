use super::*;

/// Signals, and the light of each: what the `colour-science` package (0.4.7) decodes them to, which
/// implements the same sources apart from this code.
const SIGNALS: [f32; 6] = [0.05, 0.1, 0.3, 0.45, 0.7, 0.95];
const LIGHT: [(Encoding, [f32; 6]); 14] = [
    (Encoding::Cineon, [-0.00311944, 0.000629056, 0.0445957, 0.169337, 1.27254, 9.12772]),
    (Encoding::LogC3, [-0.00797536, 0.00133969, 0.071731, 0.318728, 3.35899, 34.5679]),
    (Encoding::LogC4, [-0.0105468, 0.00227473, 0.234255, 1.27966, 18.9464, 275.17]),
    (Encoding::SLog3, [-0.00647304, 0.00107761, 0.0601857, 0.261054, 2.56672, 24.4851]),
    (Encoding::AcesCct, [-0.00217315, 0.00257057, 0.0453108, 0.280097, 5.83204, 121.432]),
    (Encoding::AcesCc, [0.00217616, 0.00399386, 0.0453108, 0.280097, 5.83204, 121.432]),
    (Encoding::Log3G10, [-0.00569909, 0.00148701, 0.12308, 0.634238, 8.45615, 110.311]),
    (Encoding::VLog, [-0.0133929, -0.00446429, 0.0495157, 0.234684, 2.63053, 28.608]),
    (Encoding::CanonLog2, [-0.00522022, 0.000727931, 0.0642136, 0.301487, 3.37575, 36.7595]),
    (Encoding::CanonLog3, [-0.0377865, -0.0114453, 0.122824, 0.408328, 2.18543, 10.7049]),
    (Encoding::DavinciIntermediate, [0.0050358, 0.0126147, 0.125841, 0.54337, 5.85199, 62.3187]),
    (Encoding::BlackmagicFilm5, [-0.00512648, 0.000909537, 0.0654404, 0.392847, 7.06175, 125.38]),
    (Encoding::Pq, [0.000295575, 0.00159885, 0.0494494, 0.272693, 3.05852, 30.6796]),
    (Encoding::Hlg, [0.0031451, 0.0125804, 0.113224, 0.254753, 0.77793, 2.87542]),
];

#[test]
fn curves_give_the_light_that_another_implementation_gives() {
    for (encoding, light) in LIGHT {
        for (signal, expected) in SIGNALS.into_iter().zip(light) {
            let found = encoding.to_linear(signal);
            let near = 2e-4 * expected.abs() + 2e-6;
            assert!((found - expected).abs() <= near, "{encoding:?} {signal}: {found}, expected {expected}");
        }
    }
}

#[test]
fn mid_grey_is_where_the_makers_say() {
    // The signal of a card that reflects 18 %, as each of the documents gives it.
    let cases = [
        (Encoding::LogC3, 0.391_007),
        (Encoding::LogC4, 0.278_4),
        (Encoding::SLog3, 420.0 / 1023.0),
        (Encoding::AcesCct, 0.413_588),
        (Encoding::AcesCc, 0.413_588),
        (Encoding::Log3G10, 1.0 / 3.0),
        (Encoding::VLog, 433.0 / 1023.0),
        (Encoding::DavinciIntermediate, 0.336_043),
        (Encoding::BlackmagicFilm5, 0.383_6),
    ];
    for (encoding, signal) in cases {
        let light = encoding.to_linear(signal);
        assert!((light - 0.18).abs() < 5e-4, "{encoding:?}: {light}");
    }
    assert!(Encoding::Cineon.to_linear(95.0 / 1023.0).abs() < 1e-6);
    assert!((Encoding::Cineon.to_linear(685.0 / 1023.0) - 1.0).abs() < 1e-5);
}

#[test]
fn brighter_numbers_are_never_darker() {
    for encoding in Encoding::ALL {
        let light: Vec<f32> = (-2000..=4000).map(|i| encoding.to_linear(i as f32 / 2000.0)).collect();
        // Signals below 0 are black to the model, and need no more than that.
        let mut last = f32::NEG_INFINITY;
        for (i, light) in light.into_iter().enumerate() {
            assert!(
                light >= last - 1e-6,
                "{encoding:?} at {}: {light} after {last}",
                i as f32 / 2000.0 - 1.0
            );
            last = light;
        }
    }
}

#[test]
fn the_model_sees_black_or_white_where_numbers_leave_the_scale() {
    for encoding in Encoding::ALL {
        let cases = [
            (f32::NAN, 0),
            (f32::NEG_INFINITY, 0),
            (-4.0, 0),
            (100.0, 255),
            (65_504.0, 255),
            (1e30, 255),
            (f32::INFINITY, 255),
        ];
        for (v, expected) in cases {
            assert_eq!(encoding.to_display(v), expected, "{encoding:?} of {v}");
        }
    }
}

#[test]
fn what_the_table_says_is_what_the_curve_says() {
    for encoding in Encoding::ALL {
        for code in 0..=1023_u16 {
            let v = f32::from(code) / 1023.0;
            let exact = to_u8(linear_to_srgb(encoding.to_linear(v)));
            assert!(exact.abs_diff(encoding.to_display(v)) <= 1, "{encoding:?} of code {code}");
        }
    }
}

#[test]
fn an_encoding_has_one_id_and_one_place() {
    for (i, encoding) in Encoding::ALL.into_iter().enumerate() {
        assert_eq!(Encoding::from_id(encoding.id()), Some(encoding));
        assert_eq!(Encoding::ALL.iter().filter(|e| e.label() == encoding.label()).count(), 1);
        // `table` takes the number of the variant for its place among the tables.
        assert!((encoding as usize) < Encoding::ALL.len(), "{i}");
    }
    assert_eq!(Encoding::from_id("auto"), None);
}

/// Of every colour space in the header: its name, its label and its encoding as OpenColorIO has it.
fn colourspaces() -> Vec<[String; 3]> {
    let header = include_str!("../../ofx-headers/ofxColour.h");
    let value = |name: &str| {
        let line = header.lines().find(|l| l.split_whitespace().nth(1) == Some(name))?;
        Some(line.split_once('"')?.1.trim_end_matches('"').to_owned())
    };
    let names = header.lines().filter_map(|l| l.split_whitespace().nth(1)?.strip_suffix("Encoding"));
    names
        .filter_map(|name| {
            Some([value(name)?, value(&format!("{name}Label"))?, value(&format!("{name}Encoding"))?])
        })
        .collect()
}

#[test]
fn every_colour_space_of_openfx_is_known_by_name_and_label() {
    let spaces = colourspaces();
    assert!(spaces.len() > 50, "{}", spaces.len());
    for [name, label, kind] in spaces {
        for given in [&name, &label] {
            let found = Encoding::of_colourspace(given).unwrap_or_else(|| panic!("{given} is not known"));
            let fits = match kind.as_str() {
                "scene-linear" => found == Encoding::Linear,
                "sdr-video" => found == Encoding::Srgb,
                "hdr-video" => matches!(found, Encoding::Pq | Encoding::Hlg),
                "log" => !matches!(found, Encoding::Linear | Encoding::Srgb | Encoding::Pq | Encoding::Hlg),
                _ => matches!(found, Encoding::Srgb | Encoding::Linear),
            };
            assert!(fits, "{given} is {kind}, but read as {found:?}");
        }
    }
    let cases = [
        ("arri_logc3_ei800", Encoding::LogC3),
        ("ARRI LogC4", Encoding::LogC4),
        ("slog3_sgamut3cine", Encoding::SLog3),
        ("log3g10_redwidegamutrgb", Encoding::Log3G10),
        ("ACEScct", Encoding::AcesCct),
        ("ACEScc", Encoding::AcesCc),
        ("ADX10", Encoding::Cineon),
        ("scene_linear", Encoding::Linear),
    ];
    for (name, expected) in cases {
        assert_eq!(Encoding::of_colourspace(name), Some(expected), "{name}");
    }
    for name in ["", "my_show_lut", "matte_paint"] {
        assert_eq!(Encoding::of_colourspace(name), None, "{name}");
    }
}
