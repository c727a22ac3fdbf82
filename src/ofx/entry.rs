//! The entry points: `OfxGetPlugin`, `setHost`, and one dispatch of all actions.

use std::ffi::{CStr, c_char, c_int, c_void};

use super::current::suites;
use super::error::OfxError;
use super::guard::{guard, planted};
use super::{
    ClipPreferences, Context, Descriptor, Instance, PropertySet, RenderArgs, Reply, SequenceArgs, Suites,
    forked, sys,
};

/// What identifies a plugin.
#[derive(Debug, Clone, Copy)]
pub struct PluginInfo {
    /// Never changed once released.
    pub identifier: &'static CStr,
    /// Raised when saved projects break.
    pub major: u32,
    /// Raised with every release.
    pub minor: u32,
}

/// The clip that an instance passes on unchanged.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its name.
    pub clip: &'static str,
    /// At which time.
    pub time: f64,
}

/// Frames of a clip that a render needs.
#[derive(Debug, Clone, PartialEq)]
pub struct FramesNeeded {
    /// `OfxImageClipPropFrameRange_` and the name of the clip, with a NUL.
    pub property: &'static [u8],
    /// First and last frame of each range.
    pub ranges: Vec<(f64, f64)>,
}

/// An effect: what happens at each action. One value serves all instances, since hosts make and drop them freely.
pub trait Effect: Sync {
    /// The library is loaded and the host is known. May be called again after [`Effect::unload`].
    ///
    /// # Errors
    /// [`OfxError`] when the plugin cannot work in this host.
    fn load(&self) -> Result<Reply, OfxError> {
        Ok(Reply::Ok)
    }

    /// The library is about to be unloaded.
    fn unload(&self) {}

    /// What the effect is.
    ///
    /// # Errors
    /// [`OfxError`] when the host refuses something that is required.
    fn describe(&self, descriptor: &Descriptor) -> Result<Reply, OfxError>;

    /// Clips and parameters in one context.
    ///
    /// # Errors
    /// [`OfxError`] when the host refuses something that is required.
    fn describe_in_context(&self, descriptor: &Descriptor, context: Context) -> Result<Reply, OfxError>;

    /// An instance is made. Nothing slow, no parameter set, no process started.
    ///
    /// # Errors
    /// [`OfxError`] when there can be no instance.
    fn create(&self, instance: &Instance) -> Result<Reply, OfxError>;

    /// An instance goes.
    fn destroy(&self, instance: &Instance) -> Reply;

    /// Fills the render window of the output.
    ///
    /// # Errors
    /// [`OfxError`] when it cannot be filled; the user has been told.
    fn render(&self, instance: &Instance, args: &RenderArgs) -> Result<Reply, OfxError>;

    /// A person pressed the button `param`, or set that parameter, with the playhead at `time`; none where the host
    /// does not say.
    fn pressed(&self, instance: &Instance, param: &str, time: Option<f64>) -> Reply;

    /// A sequence of renders begins.
    fn begin_sequence(&self, instance: &Instance, args: &SequenceArgs) -> Reply;

    /// A sequence of renders ends.
    fn end_sequence(&self, instance: &Instance, args: &SequenceArgs) -> Reply;

    /// Whether the output is an input, unchanged.
    fn identity(&self, instance: &Instance, args: &RenderArgs) -> Option<Identity>;

    /// The frames of clips that the render of `time` may need, those of the clip that every host has first; of a clip
    /// that is not among them that one alone.
    fn frames_needed(&self, instance: &Instance, time: f64) -> Vec<FramesNeeded>;

    /// What the instance wants of its clips.
    fn clip_preferences(&self, instance: &Instance, preferences: &ClipPreferences) -> Reply;

    /// The colour space of the output, by name or as that of an input (`OfxColourspace_Source`); none for the
    /// host's own choice.
    fn output_colourspace(&self, instance: &Instance) -> Option<&'static str>;

    /// Memory that can be made again is to be let go.
    fn purge(&self, instance: &Instance) -> Reply;
}

/// The one entry for all actions of `effect`.
///
/// # Safety
/// Called by a host: `action` is null or ends in a NUL, the handles are those that the API promises for it.
pub unsafe fn main_entry(
    effect: &dyn Effect,
    action: *const c_char,
    handle: *const c_void,
    in_args: sys::OfxPropertySetHandle,
    out_args: sys::OfxPropertySetHandle,
) -> c_int {
    guard("an action", || {
        if action.is_null() {
            return sys::kOfxStatErrBadHandle;
        }
        // SAFETY: by the contract of this function.
        let action = unsafe { CStr::from_ptr(action) };
        if let Some(status) = forked::answer(action.to_bytes_with_nul()) {
            return status;
        }
        planted(&action.to_string_lossy());
        let call = Call { effect, handle: handle as sys::OfxImageEffectHandle, in_args, out_args };
        // SAFETY: by the contract of this function.
        match unsafe { call.run(action.to_bytes_with_nul()) } {
            Ok(Reply::Ok) => sys::kOfxStatOK,
            Ok(Reply::Default) => sys::kOfxStatReplyDefault,
            Err(reason) => {
                log::error!("{}: {reason}", action.to_string_lossy());
                reason.status()
            }
        }
    })
}

/// Errors go to the host's standard error stream; `AIROTO_LOG` asks for more or less.
///
/// Our own command line tells what the plugin posts, in one sentence: there the log is silent.
fn start_log() {
    let program = std::env::current_exe().ok();
    let is_ours = program.is_some_and(|p| p.file_stem().is_some_and(|name| name == "airoto"));
    let wanted = env_logger::Env::new().filter_or("AIROTO_LOG", if is_ours { "off" } else { "error" });
    // A program that this code is linked into may have a logger already.
    let _ = env_logger::Builder::from_env(wanted).try_init();
}

struct Call<'e> {
    effect: &'e dyn Effect,
    handle: sys::OfxImageEffectHandle,
    in_args: sys::OfxPropertySetHandle,
    out_args: sys::OfxPropertySetHandle,
}

impl Call<'_> {
    /// # Safety
    /// The handles are those that the API promises for `action`.
    unsafe fn run(&self, action: &[u8]) -> Result<Reply, OfxError> {
        let is = |name: &[u8]| action == name;
        if is(sys::kOfxActionLoad) {
            start_log();
            suites()?;
            return self.effect.load();
        }
        if is(sys::kOfxActionUnload) {
            self.effect.unload();
            return Ok(Reply::Ok);
        }
        if !KNOWN.iter().any(|name| is(name)) {
            return Ok(Reply::Default);
        }
        let suites = suites()?;
        // SAFETY: by the contract of this function, here and below.
        unsafe {
            if is(sys::kOfxActionDescribe) {
                return self.effect.describe(&Descriptor::from_raw(suites, self.handle)?);
            }
            if is(sys::kOfxImageEffectActionDescribeInContext) {
                let given = self.args(suites)?.text(sys::kOfxImageEffectPropContext, 0).unwrap_or_default();
                let context = Context::from_name(&given).ok_or_else(|| {
                    OfxError::Broken(format!("context {given:?}, expected Filter or General"))
                })?;
                return self.effect.describe_in_context(&Descriptor::from_raw(suites, self.handle)?, context);
            }
            let instance = Instance::from_raw(suites, self.handle)?;
            self.run_on(action, &instance, suites)
        }
    }

    /// # Safety
    /// The handles are those that the API promises for `action`.
    unsafe fn run_on(&self, action: &[u8], instance: &Instance, suites: &Suites) -> Result<Reply, OfxError> {
        let is = |name: &[u8]| action == name;
        let effect = self.effect;
        // SAFETY: by the contract of this function.
        let args = || unsafe { self.args(suites) };
        if is(sys::kOfxActionCreateInstance) {
            return effect.create(instance);
        }
        if is(sys::kOfxActionDestroyInstance) {
            let reply = effect.destroy(instance);
            super::message::forget(self.handle);
            return Ok(reply);
        }
        if is(sys::kOfxImageEffectActionRender) {
            return effect.render(instance, &RenderArgs::read(&args()?)?);
        }
        if is(sys::kOfxImageEffectActionBeginSequenceRender) {
            return Ok(effect.begin_sequence(instance, &SequenceArgs::read(&args()?)));
        }
        if is(sys::kOfxImageEffectActionEndSequenceRender) {
            return Ok(effect.end_sequence(instance, &SequenceArgs::read(&args()?)));
        }
        if is(sys::kOfxActionInstanceChanged) {
            let args = args()?;
            let text = |name: &'static [u8]| args.text(name, 0).unwrap_or_default();
            let by_hand = text(sys::kOfxPropChangeReason) == "OfxChangeUserEdited";
            return if by_hand && text(sys::kOfxPropType) == "OfxTypeParameter" {
                Ok(effect.pressed(instance, &text(sys::kOfxPropName), super::args::time(&args)))
            } else {
                Ok(Reply::Default)
            };
        }
        if is(sys::kOfxActionPurgeCaches) {
            return Ok(effect.purge(instance));
        }
        // SAFETY: by the contract of this function.
        let out = unsafe { PropertySet::from_raw(suites, self.out_args, "the answer") };
        if is(sys::kOfxImageEffectActionIsIdentity) {
            return match effect.identity(instance, &RenderArgs::read(&args()?)?) {
                Some(identity) => {
                    let out = out?;
                    out.set_text(sys::kOfxPropName, 0, identity.clip)?;
                    out.set_double(sys::kOfxPropTime, 0, identity.time)?;
                    Ok(Reply::Ok)
                }
                None => Ok(Reply::Default),
            };
        }
        if is(sys::kOfxImageEffectActionGetFramesNeeded) {
            let Some(time) = super::args::time(&args()?) else { return Ok(Reply::Default) };
            return match effect.frames_needed(instance, time) {
                needed if needed.is_empty() => Ok(Reply::Default),
                needed => {
                    let out = out?;
                    for (clip, FramesNeeded { property, ranges }) in needed.into_iter().enumerate() {
                        let bounds = ranges.into_iter().flat_map(|(first, last)| [first, last]);
                        for (i, bound) in bounds.enumerate() {
                            // A host need not know every optional clip.
                            match clip {
                                0 => out.set_double(property, i, bound)?,
                                _ => out.offer_double(property, i, bound),
                            }
                        }
                    }
                    Ok(Reply::Ok)
                }
            };
        }
        if is(sys::kOfxImageEffectActionGetClipPreferences) {
            return Ok(effect.clip_preferences(instance, &ClipPreferences { set: out? }));
        }
        if is(sys::kOfxImageEffectActionGetOutputColourspace) {
            return match effect.output_colourspace(instance) {
                Some(space) => {
                    out?.set_text(sys::kOfxImageClipPropColourspace, 0, space)?;
                    Ok(Reply::Ok)
                }
                None => Ok(Reply::Default),
            };
        }
        Ok(Reply::Default)
    }

    /// # Safety
    /// `in_args` is null or a property set of the host for this action.
    unsafe fn args<'s>(&self, suites: &'s Suites) -> Result<PropertySet<'s>, OfxError> {
        // SAFETY: by the contract of this function.
        unsafe { PropertySet::from_raw(suites, self.in_args, "the arguments") }
    }
}

/// The actions that do something; all others are answered with the default.
const KNOWN: &[&[u8]] = &[
    sys::kOfxActionDescribe,
    sys::kOfxImageEffectActionDescribeInContext,
    sys::kOfxActionCreateInstance,
    sys::kOfxActionDestroyInstance,
    sys::kOfxImageEffectActionRender,
    sys::kOfxImageEffectActionBeginSequenceRender,
    sys::kOfxImageEffectActionEndSequenceRender,
    sys::kOfxImageEffectActionIsIdentity,
    sys::kOfxImageEffectActionGetFramesNeeded,
    sys::kOfxImageEffectActionGetClipPreferences,
    sys::kOfxImageEffectActionGetOutputColourspace,
    sys::kOfxActionInstanceChanged,
    sys::kOfxActionPurgeCaches,
];

/// Defines the functions that a host looks up in the library, for one effect.
///
/// `$effect` is a static of a type that implements [`Effect`], `$info` a constant [`PluginInfo`], `$overlay` a static of
/// a type that implements [`Overlay`](crate::ofx::Overlay).
#[macro_export]
macro_rules! export_plugin {
    ($effect:path, $info:path, $overlay:path) => {
        #[allow(unsafe_code)]
        mod exported {
            use std::ffi::{c_char, c_int, c_void};

            use $crate::ofx::{OverlayEntry, guard::guard_or, main_entry, overlay_entry, set_host, sys};

            /// What [`Descriptor::overlay`]($crate::ofx::Descriptor::overlay) is told.
            pub const OVERLAY: OverlayEntry = OverlayEntry(enter_overlay);

            unsafe extern "C" fn enter_overlay(
                action: *const c_char,
                handle: *const c_void,
                in_args: sys::OfxPropertySetHandle,
                _: sys::OfxPropertySetHandle,
            ) -> c_int {
                // SAFETY: called by the host as the API promises; `overlay_entry` is one guarded call.
                unsafe { overlay_entry(&$overlay, action, handle, in_args) }
            }

            unsafe extern "C" fn enter(
                action: *const c_char,
                handle: *const c_void,
                in_args: sys::OfxPropertySetHandle,
                out_args: sys::OfxPropertySetHandle,
            ) -> c_int {
                // SAFETY: called by the host as the API promises; `main_entry` is one guarded call.
                unsafe { main_entry(&$effect, action, handle, in_args, out_args) }
            }

            unsafe extern "C" fn take_host(host: *mut sys::OfxHost) {
                // SAFETY: called by the host with its table; `set_host` is one guarded call.
                unsafe { set_host(host) }
            }

            /// A plugin's table is constant, but the API's type is not.
            struct Table(sys::OfxPlugin);
            // SAFETY: it is never written, and its pointers lead to constants.
            unsafe impl Sync for Table {}

            static TABLE: Table = Table(sys::OfxPlugin {
                pluginApi: sys::kOfxImageEffectPluginApi.as_ptr().cast::<c_char>(),
                apiVersion: sys::kOfxImageEffectPluginApiVersion as c_int,
                pluginIdentifier: $info.identifier.as_ptr(),
                pluginVersionMajor: $info.major,
                pluginVersionMinor: $info.minor,
                setHost: Some(take_host),
                mainEntry: Some(enter),
            });

            /// How many plugins the library holds.
            #[unsafe(no_mangle)]
            pub extern "C" fn OfxGetNumberOfPlugins() -> c_int {
                1
            }

            /// The plugin at an index; null for any but 0.
            #[unsafe(no_mangle)]
            pub extern "C" fn OfxGetPlugin(index: c_int) -> *mut sys::OfxPlugin {
                guard_or("OfxGetPlugin", std::ptr::null_mut(), || {
                    if index == 0 { (&raw const TABLE.0).cast_mut() } else { std::ptr::null_mut() }
                })
            }

            /// Takes the host before any plugin is asked for, as hosts of version 1.5 do.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn OfxSetHost(host: *const sys::OfxHost) -> c_int {
                // SAFETY: called by the host with its table; `set_host` is one guarded call.
                unsafe { set_host(host.cast_mut()) };
                sys::kOfxStatOK
            }
        }
    };
}
