//! All captures, by topic.

mod eco;
mod file;
mod ifsc;
mod ip;
mod link;
mod noise;
mod readme;
mod redes2023;
mod sala;
mod script;
mod tcp;
mod unb;

pub(crate) use readme::readme;
pub(crate) use script::Capture;

/// Every capture, in the order of the table.
pub(crate) fn all() -> Vec<Capture> {
    [
        unb::all(),
        ifsc::all(),
        redes2023::all(),
        eco::all(),
        sala::all(),
        file::all(),
        link::all(),
        ip::all(),
        tcp::all(),
        noise::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
