//! Memory that nobody uses any more.

/// Gives back to the kernel what was freed (malloc_trim(3); nothing where the C library is not glibc). For a process
/// that has done most of its work and now waits for a long time.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    // SAFETY: takes no pointer, and only pages that hold nothing in use are given back.
    let _ = unsafe { libc::malloc_trim(0) };
}
