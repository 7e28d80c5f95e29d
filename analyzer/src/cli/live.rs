//! Capturing until the user has seen enough.

use protocol::lang::Lang;
use protocol::words;

use super::failure::Failure;
use crate::capture::{self, Reader, Stop};

/// Captures from an interface until Ctrl-C, which ends the capture and not the program: the report is still to come.
pub(super) fn open(interface: &str, lang: Lang) -> Result<Reader, Failure> {
    let stop = Stop::default();
    let reader = capture::live(interface, stop.clone()).map_err(Failure::Live)?;
    at_interrupt(stop);
    let told = words!(
        "capturando em {interface}; Ctrl-C encerra a captura e escreve o relatório",
        "capturing on {interface}; Ctrl-C ends the capture and writes the report"
    );
    eprintln!("{}", told.of(lang));
    Ok(reader)
}

/// Stops at the first Ctrl-C. Where the signal cannot be had, Ctrl-C ends the program as usual.
#[cfg(target_os = "linux")]
fn at_interrupt(stop: Stop) {
    use tokio::runtime::Builder;
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return;
    };
    // Registered before anybody is told that it may be used.
    let registered = {
        let _inside = runtime.enter();
        signal(SignalKind::interrupt())
    };
    let Ok(mut interrupt) = registered else {
        return;
    };
    std::thread::spawn(move || {
        runtime.block_on(interrupt.recv());
        stop.now();
    });
}

#[cfg(not(target_os = "linux"))]
fn at_interrupt(_stop: Stop) {}
