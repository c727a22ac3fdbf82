//! The process that started a worker.

/// Ends the process when its parent is another than at the start.
pub fn end_with_parent() {
    #[cfg(unix)]
    {
        let parent = nix::unistd::getppid();
        let watch = move || {
            while nix::unistd::getppid() == parent {
                std::thread::sleep(std::time::Duration::from_secs(1));
            }
            super::watch::end();
        };
        // Without it the closed channel still ends the worker.
        let _ = std::thread::Builder::new().name("parent".into()).spawn(watch);
    }
}
