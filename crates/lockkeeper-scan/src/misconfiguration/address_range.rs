//! Ranges of addresses that mean the world.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a range in CIDR notation covers so much of the internet that it is no list of one's own:
/// at least a sixteenth of IPv4 or a 256th of IPv6, private and local ranges aside.
pub(super) fn is_world(range: &str) -> bool {
    let (address, length) = match range.trim().split_once('/') {
        Some((address, length)) => (address, length.parse::<u32>().ok()),
        None => return false,
    };
    let Some(length) = length else {
        return false;
    };
    if address.parse::<Ipv4Addr>().is_ok() {
        return length <= 4;
    }
    // Unique local and link-local addresses begin at fc00::, multicast at ff00::.
    address.parse::<Ipv6Addr>().is_ok_and(|address| {
        let private = address.segments().first().is_some_and(|first| *first >= 0xfc00);
        length <= 8 && !private
    })
}

/// Whether a range from one address to another covers a sixteenth of IPv4.
pub(super) fn is_world_between(first: &str, last: &str) -> bool {
    match (first.trim().parse::<Ipv4Addr>(), last.trim().parse::<Ipv4Addr>()) {
        (Ok(first), Ok(last)) => u32::from(last).saturating_sub(u32::from(first)) >= u32::MAX / 16,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_world_however_it_is_written() {
        for range in [
            "0.0.0.0/0",
            " 0.0.0.0/0",
            "128.0.0.0/1",
            "::/0",
            "0:0:0:0:0:0:0:0/0",
            "2000::/3",
        ] {
            assert!(is_world(range), "{range}");
        }
        for range in [
            "10.0.0.0/8",
            "203.0.113.7/32",
            "2001:db8::/32",
            "fd00::/8",
            "0.0.0.0",
            "0.0.0.0/x",
            "",
            "/0",
        ] {
            assert!(!is_world(range), "{range}");
        }
        assert!(is_world_between("0.0.0.0", "255.255.255.255"));
        assert!(is_world_between("1.0.0.0", "223.255.255.255"));
        assert!(!is_world_between("10.0.0.0", "10.255.255.255"));
        assert!(!is_world_between("0.0.0.0", "0.0.0.0"));
    }
}
