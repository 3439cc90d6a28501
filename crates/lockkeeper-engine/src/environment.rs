//! The environment of children is Lockkeeper's own; what is taken over from the server's is named here.

use std::collections::BTreeMap;

/// Variables that a child needs to reach the network as the server does: proxies and certificates.
pub const NETWORK: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

const DEFAULT_SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The server's variables of the given names; those that are not set, or not UTF-8, are left out.
pub fn taken_over<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
        .collect()
}

/// The `PATH` in which programs are looked for: the server's, or the usual one when it has none.
pub fn search_path() -> String {
    std::env::var("PATH")
        .ok()
        .filter(|path| !path.is_empty())
        .unwrap_or_else(|| DEFAULT_SEARCH_PATH.to_owned())
}
