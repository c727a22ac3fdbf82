use super::*;

fn touch(folder: &Path, names: &[&str]) {
    for name in names {
        let image = image::GrayImage::new(4, 3);
        image.save_with_format(folder.join(name), image::ImageFormat::Png).expect("saved");
    }
}

#[test]
fn patterns_of_both_kinds() {
    let padded = Pattern::parse("shots/a_v2.%04d.exr");
    assert_eq!(padded.path(7), PathBuf::from("shots/a_v2.0007.exr"));
    assert_eq!(padded.path(-7), PathBuf::from("shots/a_v2.-007.exr"));
    assert_eq!(padded.path(123_456), PathBuf::from("shots/a_v2.123456.exr"));
    assert_eq!(padded.folder(), PathBuf::from("shots"));
    assert_eq!(Pattern::parse("a.###.png"), Pattern::parse("a.%03d.png"));
    assert_eq!(Pattern::parse("100%/a.%d.png").path(12), PathBuf::from("100%/a.12.png"));
    assert!(!Pattern::parse("100%.png").is_numbered());
    assert!(!Pattern::parse("%5x.png").is_numbered());
    assert_eq!(padded.to_string(), "shots/a_v2.%04d.exr");
}

#[test]
fn ranges() {
    assert_eq!(parse_range("0-49"), Ok((0, 49)));
    assert_eq!(parse_range("7"), Ok((7, 7)));
    assert_eq!(parse_range("-5-3"), Ok((-5, 3)));
    assert_eq!(parse_range("-5--3"), Ok((-5, -3)));
    for wrong in ["", "-", "5-", "9-3", "a-b", "1-2-3", "0-99999999999"] {
        assert_eq!(parse_range(wrong), Err(SequenceError::Range(wrong.to_owned())));
    }
}

#[test]
fn a_sequence_is_found_by_pattern_folder_and_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    touch(root, &["a.08.png", "a.09.png", "a.10.png", "a.7.png", "b.png"]);
    let text = |name: &str| root.join(name).to_string_lossy().into_owned();
    let found = Sequence::find(&text("a.%02d.png")).expect("found");
    assert_eq!(found.range(), (8, 10));
    assert_eq!(found.check(8..=10), Ok((4, 3)));
    let single = Sequence::find(&text("a.09.png")).expect("found");
    assert_eq!((single.range(), single.path(9)), ((9, 9), Ok(root.join("a.09.png"))));
    std::fs::remove_file(root.join("a.7.png")).expect("removed");
    assert_eq!(Sequence::find(&text("")).expect("found").range(), (8, 10));
    touch(root, &["c01.png"]);
    let error = Sequence::find(&text("")).expect_err("two sequences").to_string();
    assert!(error.contains("a.%02d.png") && error.contains("c%02d.png"), "{error}");
}

#[test]
fn a_gap_and_another_size_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    touch(root, &["a.1.png", "a.2.png", "a.4.png"]);
    image::GrayImage::new(5, 3).save(root.join("a.5.png")).expect("saved");
    let sequence = Sequence::find(&root.join("a.%d.png").to_string_lossy()).expect("found");
    let gap = sequence.check(1..=4).expect_err("3 is missing").to_string();
    assert!(gap.starts_with("frame 3 is missing: there is no ") && gap.contains("a.3.png"), "{gap}");
    let size = sequence.check(4..=5).expect_err("5 is larger").to_string();
    assert!(size.contains("a.5.png is 5x3 pixels") && size.contains("a.4.png is 4x3"), "{size}");
}

#[test]
fn what_is_not_there_is_named() {
    for input in ["/nowhere/a.%04d.png", "/nowhere/a.png", "/nowhere/"] {
        let error = Sequence::find(input).expect_err("nothing there").to_string();
        assert!(error.contains("/nowhere"), "{error}");
    }
}
