//! Masks of a sequence as prompts.

use crate::common::{Clip, matte, refusal, success};

/// The clip with its true masks of frames 1 and 4, an empty one of 6, and one of frame 20, which it does not have.
fn clip() -> Clip {
    let clip = Clip::new(8);
    std::fs::create_dir(clip.path("roto")).expect("a folder");
    for frame in [1, 4] {
        std::fs::copy(
            clip.path(&format!("masks/{frame:05}.png")),
            clip.path(&format!("roto/m.{frame:04}.png")),
        )
        .expect("copied");
    }
    image::GrayImage::new(96, 64).save(clip.path("roto/m.0006.png")).expect("saved");
    clip
}

#[test]
fn every_file_is_a_mask_of_its_frame() {
    let clip = clip();
    std::fs::copy(clip.path("roto/m.0001.png"), clip.path("roto/m.0020.png")).expect("copied");
    let text = success(&clip.render(&["--mask-sequence", "CLIProto/m.%04d.png", "--json"]));
    assert!(text.contains("on no frame of the footage are not used: 1 of those of frames 1 to 20"), "{text}");
    let found = |frame: u32| matte(&clip.path(&format!("out/alpha.{frame:04}.exr")));
    let truth = |frame: u32| matte(&clip.path(&format!("masks/{frame:05}.png")));
    for frame in [1, 4] {
        assert!(found(frame).iou(&truth(frame)) > 0.99, "frame {frame}");
    }
    for frame in [0, 2, 3, 5] {
        assert!(found(frame).iou(&truth(frame)) > 0.85, "frame {frame}: {}", found(frame).iou(&truth(frame)));
    }
    assert!(found(6).is_empty() && found(7).is_empty(), "an empty mask says that the object is not there");
    // The same as prompts that name each file.
    let prompt = |frame: u32| format!(r#"{{"frame":{frame},"mask":"roto/m.{frame:04}.png"}}"#);
    let listed = [1, 4, 6].map(prompt).join(",");
    clip.prompts(&format!(r#"{{"objects":[{{"name":"object","prompts":[{listed}]}}]}}"#));
    success(&clip.render(&["-o", "CLIPlisted/alpha.%04d.exr"]));
    for frame in 0..8 {
        let listed = std::fs::read(clip.path(&format!("listed/alpha.{frame:04}.exr"))).expect("read");
        let masked = std::fs::read(clip.path(&format!("out/alpha.{frame:04}.exr"))).expect("read");
        assert!(listed == masked, "frame {frame}");
    }
}

#[test]
fn a_mask_that_is_drawn_anew_changes_the_frames_next_to_it() {
    let clip = clip();
    let render = |folder: &str| {
        let output = format!("CLIP{folder}/a.%04d.exr");
        success(&clip.render(&["--mask-sequence", "CLIProto/m.####.png", "-o", &output]));
        (0..8)
            .map(|n| std::fs::read(clip.path(&format!("{folder}/a.{n:04}.exr"))).expect("read"))
            .collect::<Vec<_>>()
    };
    let before = render("before");
    // Another thing: the lower right corner.
    let corner = |x, y| image::Luma([if x > 60 && y > 40 { 255 } else { 0 }]);
    image::GrayImage::from_fn(96, 64, corner).save(clip.path("roto/m.0004.png")).expect("saved");
    let after = render("after");
    let changed: Vec<usize> = (0..8).filter(|&n| before[n] != after[n]).collect();
    assert_eq!(changed, [2, 3, 4, 5]);
}

#[test]
fn prompts_go_with_masks_unless_they_say_two_things_of_a_frame() {
    let clip = clip();
    let with = |prompts: &str| {
        clip.prompts(&format!(r#"{{"objects":[{{"name":"disc","prompts":[{prompts}]}}]}}"#));
        clip.render(&["--mask-sequence", "CLIProto/m.%04d.png", "-p", "CLIPprompts.json"])
    };
    success(&with(r#"{"frame":3,"point":[38,31]}"#));
    let twice = refusal(&with(r#"{"frame":4,"mask":"masks/00004.png"}"#));
    assert!(twice.contains("object \"disc\", frame 4: a mask is given twice"), "{twice}");
}

#[test]
fn what_is_wrong_is_one_sentence() {
    let clip = clip();
    image::GrayImage::new(9, 9).save(clip.path("small.0003.png")).expect("saved");
    let refused = |more: &[&str]| refusal(&clip.render(&[&["--mask-sequence"], more].concat()));
    let table: [(&[&str], &str); 5] = [
        (&["CLIPnone/m.%04d.png"], "none"),
        (&["CLIPsmall.%04d.png"], "small.0003.png is 9x9 pixels, the footage is 96x64"),
        (
            &["CLIProto/m.%04d.png", "--trimap", "CLIPmasks/%05d.png"],
            "--mask-sequence and --trimap both take the Mask input",
        ),
        (&["CLIProto/m.%04d.png", "--text", "a disc"], "--mask-sequence and --text both show the object"),
        (
            &["CLIProto/m.%04d.png", "-i", "CLIPframes/00007.png"],
            "none of which is a frame of the footage, 7 to 7",
        ),
    ];
    for (more, expected) in table {
        let found = refused(more);
        assert!(found.contains(expected), "{found}");
    }
}
