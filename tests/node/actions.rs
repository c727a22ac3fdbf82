//! Every action, in every context, and hosts that do not keep their promises.

#![allow(unsafe_code)]

use std::ffi::{CString, c_int, c_void};
use std::ptr;

use airoto::host::{Context, HostProfile, RenderCall};
use airoto::ofx::sys;

use super::stage::*;

#[test]
fn a_session_from_description_to_destruction() {
    for context in [Context::Filter, Context::General] {
        let binary = binary(HostProfile::airoto());
        let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin");
        let described = plugin.describe(context).expect("described");
        for clip in ["Source", "Mask", "Output"] {
            assert!(described.clip(clip).is_some(), "{clip} in {context:?}");
        }
        for param in airoto::params::table() {
            assert!(described.parameter(param.id).is_some(), "{} in {context:?}", param.id);
        }
        let instance = instance(&binary, context);
        instance.connect("Source", Some(Scene::plain())).expect("connected");
        set_up(&instance);
        let call = RenderCall::new(3.0);
        assert_eq!(instance.is_identity(&call).expect("identity"), None);
        instance.region_of_definition(3.0, (1.0, 1.0)).expect("region of definition");
        let frames = instance.frames_needed(7.0).expect("frames needed");
        assert_eq!(frames["Source"], [(2.0, 7.0)]);
        instance.begin_sequence(0, LAST, 1.0, false).expect("begin");
        for time in 0..=LAST {
            let overlap = overlap(&alpha(&instance, time), time);
            assert!(overlap > 0.85, "frame {time}: overlap {overlap}");
        }
        instance.end_sequence(0, LAST, 1.0, false).expect("end");
        instance.purge_caches().expect("purge");
        instance.sync_private_data().expect("sync");
        instance.begin_edit().expect("begin edit");
        instance.end_edit().expect("end edit");
        assert_eq!(instance.faults(), Vec::<String>::new());
        drop(instance);
        assert_eq!(binary.faults(), Vec::<String>::new());
    }
}

#[test]
fn every_imitated_host_gets_its_matte() {
    for (name, profile) in HostProfile::all() {
        let temporal = !profile.same_frame_only && profile.temporal;
        let binary = binary(profile);
        let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin");
        let instance = instance(&binary, plugin.best_context().expect("a context"));
        instance.connect("Source", Some(Scene::plain())).expect("connected");
        set_up(&instance);
        // Where the host gives no other frame, the prompted one is what can be had.
        let time = if temporal { 5 } else { 2 };
        let overlap = overlap(&alpha(&instance, time), time);
        assert!(overlap > 0.85, "{name}: overlap {overlap}");
        assert_eq!(instance.faults(), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn without_prompts_the_plate_passes_with_a_word() {
    let binary = binary(HostProfile::airoto());
    let instance = instance(&binary, Context::Filter);
    instance.connect("Source", Some(Scene::plain())).expect("connected");
    assert!(alpha(&instance, 0).iter().all(|&a| a == 0.0));
    let message = instance.persistent_message().expect("a message");
    assert!(message.text.contains("prompts"), "{}", message.text);
}

#[test]
fn bad_prompts_fail_the_render_with_one_sentence() {
    let bad = [
        ("{", "prompts"),
        (r#"{"objects":[],"extra":1}"#, "extra"),
        (r#"{"objects":[{"name":"a","prompts":[{"frame":77,"point":[1,1],"label":"positive"}]}]}"#, "77"),
        (r#"{"objects":[{"name":"a","prompts":[{"frame":0,"point":[5000,1],"label":"positive"}]}]}"#, "5000"),
        (
            r#"{"objects":[{"name":"a","prompts":[{"frame":0,"box":[1,1,9,9]}]},{"name":"a","prompts":[{"frame":0,"box":[1,1,9,9]}]}]}"#,
            "\"a\"",
        ),
        (r#"{"objects":[{"name":"a","prompts":[{"frame":0,"mask":"nowhere.png"}]}]}"#, "nowhere.png"),
    ];
    let binary = binary(HostProfile::airoto());
    for (json, named) in bad {
        let instance = ready(&binary, Scene::plain());
        instance.set_param("prompts", json).expect("prompts");
        assert!(instance.process(&RenderCall::new(0.0)).is_err(), "{json}");
        let message = instance.persistent_message().expect("a message");
        assert!(message.text.contains(named), "{json}: {}", message.text);
        assert!(!message.text.contains('\n'), "{}", message.text);
    }
}

#[test]
fn a_message_goes_when_its_reason_goes() {
    let binary = binary(HostProfile::airoto());
    let instance = ready(&binary, Scene::plain());
    instance.set_param("prompts", "{").expect("prompts");
    assert!(instance.process(&RenderCall::new(0.0)).is_err());
    assert!(instance.persistent_message().is_some());
    instance.set_param("prompts", prompts(2)).expect("prompts");
    alpha(&instance, 0);
    assert_eq!(instance.persistent_message().map(|m| m.text), None);
}

/// The library's entry, called as a careless host would.
struct Raw {
    _library: libloading::Library,
    plugin: *mut sys::OfxPlugin,
}

impl Raw {
    fn new() -> Self {
        // SAFETY: our own library.
        let library = unsafe { libloading::Library::new(library()) }.expect("loaded");
        // SAFETY: the type is that of the API.
        let plugin = unsafe {
            let get: libloading::Symbol<unsafe extern "C" fn(c_int) -> *mut sys::OfxPlugin> =
                library.get(b"OfxGetPlugin").expect("exported");
            assert!(get(1).is_null() && get(-1).is_null());
            get(0)
        };
        Self { _library: library, plugin }
    }

    fn call(&self, action: &[u8], handle: *const c_void) -> c_int {
        let action = CString::new(action.strip_suffix(b"\0").unwrap_or(action)).expect("no NUL inside");
        // SAFETY: the plugin's table is constant; what is passed is what a careless host passes.
        unsafe {
            let enter = (*self.plugin).mainEntry.expect("an entry");
            enter(action.as_ptr(), handle, ptr::null_mut(), ptr::null_mut())
        }
    }
}

#[test]
fn a_host_that_passes_nothing_is_answered() {
    let raw = Raw::new();
    // SAFETY: null is what a careless host passes.
    unsafe {
        (*raw.plugin).setHost.expect("setHost")(ptr::null_mut());
        let enter = (*raw.plugin).mainEntry.expect("an entry");
        assert_ne!(enter(ptr::null(), ptr::null(), ptr::null_mut(), ptr::null_mut()), sys::kOfxStatOK);
    }
    let actions: [&[u8]; 5] = [
        sys::kOfxActionLoad,
        sys::kOfxActionDescribe,
        sys::kOfxActionCreateInstance,
        sys::kOfxImageEffectActionRender,
        sys::kOfxActionDestroyInstance,
    ];
    for action in actions {
        assert_eq!(raw.call(action, ptr::null()), sys::kOfxStatFailed, "{}", String::from_utf8_lossy(action));
    }
    assert_eq!(raw.call(b"OfxActionThatNobodyKnows", ptr::null()), sys::kOfxStatReplyDefault);
}

#[test]
fn a_missing_required_suite_is_named_and_an_optional_one_is_done_without() {
    for (suite, needed) in
        [("OfxParameterSuite", true), ("OfxMessageSuite", false), ("OfxProgressSuite", false)]
    {
        let mut profile = HostProfile::airoto();
        profile.without_suites = vec![(suite, 1), (suite, 2)];
        let binary = binary(profile);
        let plugin = binary.plugin("org.airoto.AIRoto").expect("the plugin");
        let described = plugin.describe(Context::Filter);
        assert_eq!(described.is_err(), needed, "{suite}");
        if let Err(error) = described {
            assert!(error.to_string().contains("kOfxStatErrMissingHostFeature"), "{error}");
        } else {
            let instance = ready(&binary, Scene::plain());
            assert!(overlap(&alpha(&instance, 3), 3) > 0.85, "{suite}");
        }
    }
}

#[test]
fn two_instances_on_one_clip_share_their_track_and_give_the_same_bytes() {
    let binary = binary(HostProfile::airoto());
    let alone = ready(&binary, Scene::plain());
    let expected: Vec<_> = (0..=LAST).map(|time| alpha(&alone, time)).collect();
    let (one, other) = (ready(&binary, Scene::plain()), ready(&binary, Scene::plain()));
    std::thread::scope(|scope| {
        scope
            .spawn(|| (0..=LAST).for_each(|t| assert_eq!(alpha(&one, t), expected[t as usize], "frame {t}")));
        scope.spawn(|| {
            (0..=LAST).rev().for_each(|t| assert_eq!(alpha(&other, t), expected[t as usize], "frame {t}"));
        });
    });
}
